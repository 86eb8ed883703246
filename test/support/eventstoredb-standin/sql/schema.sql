create schema if not exists eventstoredb_standin;
