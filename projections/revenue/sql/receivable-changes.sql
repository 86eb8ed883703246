-- Every posting to accounts receivable, by invoice: what was open at any time is a sum of these. Micros (1e-6),
-- debit positive; '' is a receivable of no invoice.
create table read.receivable_changes (
  customer_id text not null collate "C",
  invoice_id text not null collate "C",
  position bigint not null,
  line_no smallint not null,
  posting_at text not null collate "C",
  currency text not null collate "C",
  amount bigint not null,
  event_type text not null,
  primary key (customer_id, invoice_id, position, line_no)
);
create index receivable_changes_posting_at on read.receivable_changes (posting_at);
