-- Over EventStoreDB: one row for each command id, written before its append.
create table ops.command_claims (
  command_id uuid primary key,
  stream text not null,
  request_hash text not null,
  claimed_at timestamptz not null default clock_timestamp()
);
