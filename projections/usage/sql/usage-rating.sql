-- What of a month's usage is accrued and billed. `accrued` is the rated total to date, `billed_accrued` the part of
-- it that is on invoices, `billed` the same in cents as the invoices say.
create table read.usage_rating (
  customer_id text collate "C" not null,
  month text collate "C" not null,
  meter text collate "C" not null,
  accrued_quantity numeric(38) not null default 0,
  accrued numeric(21, 6) not null default 0,
  accrued_at text collate "C",
  billed_accrued numeric(21, 6) not null default 0,
  billed numeric(20, 2) not null default 0,
  last_invoice_id text,
  primary key (customer_id, month, meter)
);
