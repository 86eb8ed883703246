-- One row for each entry. entry_no counts without gaps in log order. customer_id is '' where an entry belongs to
-- no customer.
create table read.journal_entries (
  entry_no bigint not null,
  customer_id text not null collate "C",
  position bigint not null,
  event_id uuid not null,
  type text not null,
  stream text not null,
  revision integer not null,
  template text not null,
  description text not null,
  currency text not null,
  effective_at timestamptz not null,
  recorded_at timestamptz not null,
  posting_at timestamptz not null,
  posting_date date not null,
  period text not null,
  actor text not null,
  command_id text not null,
  primary key (entry_no, customer_id)
);
create unique index on read.journal_entries (event_id, customer_id);
create index on read.journal_entries (customer_id, entry_no);
