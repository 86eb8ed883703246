create table read.invoice_lines (
  customer_id text collate "C" not null,
  invoice_id text collate "C" not null,
  line_id text collate "C" not null,
  ordinal integer not null,
  kind text not null,
  amount numeric(20, 2) not null,
  tax numeric(20, 2) not null,
  line json not null,
  primary key (customer_id, invoice_id, line_id)
);
