-- Events that a read model could not apply, and later ones of the same sequence that wait behind them.
create table ops.parked_events (
  projection text not null,
  position bigint not null,
  sequence text not null,
  event_id uuid not null,
  stream text not null,
  revision integer not null,
  type text not null,
  error text,
  parked_at timestamptz not null default clock_timestamp(),
  primary key (projection, position)
);
