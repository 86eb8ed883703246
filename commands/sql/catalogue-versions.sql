-- Every catalogue version that a process has started with: one that has come into force never changes again.
create table ops.catalogue_versions (
  id text primary key,
  effective_from text not null,
  content_hash text not null,
  seen_at timestamptz not null default clock_timestamp()
);
