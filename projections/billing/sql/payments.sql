-- Money and customer funds that came to invoices. `applied` settles, `recovered` comes after a write-off, `excess` goes
-- to the customer's credit balance. `method` is wallet or credit for the customer's own funds.
create table read.payments (
  customer_id text collate "C" not null,
  invoice_id text collate "C" not null,
  payment_id text collate "C" not null,
  amount numeric(20, 2) not null,
  applied numeric(20, 2) not null,
  recovered numeric(20, 2) not null,
  excess numeric(20, 2) not null,
  currency text not null,
  method text not null,
  received_at text collate "C" not null,
  position bigint not null,
  primary key (customer_id, invoice_id, payment_id)
);
create index payments_received_at on read.payments (received_at, payment_id);
