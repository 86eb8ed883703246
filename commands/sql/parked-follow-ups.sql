-- Events whose follow-ups failed for good: tried again at each start of the reactor.
create table ops.parked_follow_ups (
  reactor text not null,
  position bigint not null,
  stream text not null,
  revision integer not null,
  error text not null,
  parked_at timestamptz not null default clock_timestamp(),
  primary key (reactor, position)
);
