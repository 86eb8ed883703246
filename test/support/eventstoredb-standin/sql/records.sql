create table if not exists eventstoredb_standin.records (
  position bigint primary key,
  stream text not null,
  revision integer not null,
  event_id uuid not null,
  type text not null,
  content_type text not null,
  data bytea not null,
  metadata bytea not null,
  created_ms bigint not null,
  unique (stream, revision)
);
