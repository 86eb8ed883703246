create schema if not exists log;
create schema if not exists ops;
