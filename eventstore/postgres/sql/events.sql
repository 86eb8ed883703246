create table log.events (
  position bigint primary key,
  stream text not null collate "C",
  revision integer not null check (revision >= 0),
  event_id uuid not null,
  type text not null,
  schema_version smallint not null check (schema_version > 0),
  data json not null,
  metadata json not null,
  stored_at timestamptz not null,
  constraint events_stream_revision unique (stream, revision),
  constraint events_event_id unique (event_id)
);
