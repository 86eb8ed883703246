revoke all on schema log from public;
revoke all on all tables in schema log from public;
revoke all on all functions in schema log from public;
grant usage on schema log, ops to aura_app;
grant select on log.events to aura_app;
grant execute on function log.append to aura_app;
alter default privileges in schema ops grant select, insert, update, delete on tables to aura_app;
alter default privileges in schema ops grant usage, select on sequences to aura_app;
