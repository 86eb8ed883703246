-- Numbers are contiguous, in log order; a draft has none. `due` is what is still owed, `release_due_from` the earliest
-- instant through which an open release schedule is not yet released.
create table read.invoices (
  customer_id text collate "C" not null,
  invoice_id text collate "C" not null,
  number bigint,
  kind text not null,
  period text,
  currency text not null,
  tax_rate numeric not null,
  tax_inclusive boolean not null,
  subtotal numeric(20, 2) not null,
  tax numeric(20, 2) not null,
  total numeric(20, 2) not null,
  paid numeric(20, 2) not null,
  credited numeric(20, 2) not null,
  written_off numeric(20, 2) not null,
  recovered numeric(20, 2) not null,
  due numeric(20, 2) not null,
  status text not null,
  dunning_step text,
  effective_at text collate "C" not null,
  due_at text collate "C",
  finalizes_at text collate "C",
  dunning_due_at text collate "C",
  retry_due_at text collate "C",
  deferred_open boolean not null,
  release_due_from text collate "C",
  state json not null,
  revision integer not null,
  -- Where it first appeared in the log: the order of lists, which never changes.
  opened_position bigint not null,
  position bigint not null,
  primary key (customer_id, invoice_id)
);
create unique index invoices_invoice_id on read.invoices (invoice_id);
create unique index invoices_number on read.invoices (number);
create unique index invoices_opened_position on read.invoices (opened_position);
create index invoices_customer_opened on read.invoices (customer_id, opened_position);
create index invoices_monthly on read.invoices (period, customer_id) where kind = 'monthly';
create index invoices_open on read.invoices (due_at, customer_id) where due > 0;
create index invoices_dunning_due_at on read.invoices (dunning_due_at, invoice_id) where dunning_due_at is not null;
create index invoices_retry_due_at on read.invoices (retry_due_at, invoice_id) where retry_due_at is not null;
create index invoices_release_due_from on read.invoices (release_due_from, invoice_id) where deferred_open;
