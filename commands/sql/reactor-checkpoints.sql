create table ops.reactor_checkpoints (
  reactor text primary key,
  position bigint not null,
  updated_at timestamptz not null default clock_timestamp()
);
