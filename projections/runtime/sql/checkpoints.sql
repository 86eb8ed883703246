-- How far each read model has come. Moved only in the transaction that writes the read model, and only by the
-- holder of the fence.
create table ops.checkpoints (
  projection text primary key,
  version integer not null,
  position bigint not null check (position >= 0),
  fence bigint not null,
  status text not null default 'new' check (status in ('new', 'running', 'failed', 'stopped')),
  error text,
  updated_at timestamptz not null default clock_timestamp()
);
