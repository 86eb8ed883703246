-- When the invoice of a receivable became final and when it is due.
create table read.receivable_invoices (
  customer_id text not null collate "C",
  invoice_id text not null collate "C",
  issued_at text not null collate "C",
  due_at text not null collate "C",
  currency text not null collate "C",
  total numeric(20, 2) not null,
  primary key (customer_id, invoice_id)
);
create index receivable_invoices_due_at on read.receivable_invoices (due_at, invoice_id);
