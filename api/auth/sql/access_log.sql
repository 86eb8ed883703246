-- Reads by auditors and admins, denials, and what is done to keys. The service can only add to it.
create table if not exists ops.access_log (
  id           bigint generated always as identity primary key,
  at           timestamptz not null,
  kind         text        not null check (kind in ('read', 'denied', 'keys')),
  principal_id text,
  role         text,
  operation_id text        not null,
  customer_id  text,
  status       integer     not null,
  request_id   text        not null
);
create index if not exists access_log_at on ops.access_log (at);
revoke all on ops.access_log from aura_app;
grant select, insert on ops.access_log to aura_app;
