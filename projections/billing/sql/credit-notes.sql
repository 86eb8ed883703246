-- Numbers are contiguous, in log order, apart from those of invoices.
create table read.credit_notes (
  customer_id text collate "C" not null,
  credit_note_id text collate "C" not null,
  invoice_id text collate "C" not null,
  number bigint not null,
  cause text not null,
  reason text not null,
  currency text not null,
  net numeric(20, 2) not null,
  tax numeric(20, 2) not null,
  total numeric(20, 2) not null,
  to_receivable numeric(20, 2) not null,
  to_credit numeric(20, 2) not null,
  issued_at text collate "C" not null,
  lines json not null,
  replacement json,
  position bigint not null,
  primary key (customer_id, credit_note_id)
);
create unique index credit_notes_id on read.credit_notes (credit_note_id);
create unique index credit_notes_number on read.credit_notes (number);
create index credit_notes_invoice on read.credit_notes (customer_id, invoice_id);
