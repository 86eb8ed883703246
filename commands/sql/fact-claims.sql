-- Over EventStoreDB: one row for each usage fact; confirmed once the fact is in the log.
create table ops.fact_claims (
  event_id uuid primary key,
  content_hash text not null,
  confirmed boolean not null default false
);
