create table read.refunds (
  customer_id text collate "C" not null,
  refund_id text collate "C" not null,
  invoice_id text collate "C" not null,
  amount numeric(20, 2) not null,
  tax numeric(20, 2) not null,
  currency text not null,
  method text not null,
  status text not null,
  reason text not null,
  created_at text collate "C" not null,
  settled_at text collate "C",
  position bigint not null,
  primary key (customer_id, refund_id)
);
create unique index refunds_id on read.refunds (refund_id);
create index refunds_invoice on read.refunds (customer_id, invoice_id);
