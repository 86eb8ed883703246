create schema if not exists read;
grant usage on schema read to aura_app;
alter default privileges in schema read grant select, insert, update, delete on tables to aura_app;
