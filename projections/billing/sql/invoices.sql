-- Numbers are contiguous, in log order. `release_due_from` is the earliest instant through which an open release
-- schedule is not yet released.
create table read.invoices (
  customer_id text collate "C" not null,
  invoice_id text collate "C" not null,
  number bigint not null,
  kind text not null,
  period text,
  currency text not null,
  tax_rate numeric not null,
  subtotal numeric(20, 2) not null,
  tax numeric(20, 2) not null,
  total numeric(20, 2) not null,
  paid numeric(20, 2) not null,
  status text not null,
  effective_at text collate "C" not null,
  due_at text collate "C" not null,
  deferred_open boolean not null,
  release_due_from text collate "C",
  state json not null,
  revision integer not null,
  position bigint not null,
  primary key (customer_id, invoice_id)
);
create unique index invoices_invoice_id on read.invoices (invoice_id);
create unique index invoices_number on read.invoices (number);
create index invoices_customer_number on read.invoices (customer_id, number);
create index invoices_release_due_from on read.invoices (release_due_from, invoice_id) where deferred_open;
