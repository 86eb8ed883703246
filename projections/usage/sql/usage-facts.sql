-- One row for each fact and correction, for ever: a repetition in the log finds its row and is not counted again.
-- A fact that is released keeps the reason of its quarantine.
create table read.usage_facts (
  customer_id text collate "C" not null,
  event_key uuid not null,
  event_id text collate "C" not null,
  meter text not null,
  occurred_at text collate "C" not null,
  quantity bigint not null,
  unique_key text collate "C",
  rated boolean not null,
  status text not null,
  reason text,
  position bigint not null,
  primary key (customer_id, event_key)
);
create index usage_facts_occurred_at on read.usage_facts (customer_id, occurred_at);
create index usage_facts_quarantined on read.usage_facts (position) where status = 'quarantined';
