create table read.credit_refunds (
  customer_id text collate "C" not null,
  refund_id text collate "C" not null,
  amount numeric(20, 2) not null,
  currency text not null,
  status text not null,
  requested_at text collate "C" not null,
  changed_at text collate "C" not null,
  position bigint not null,
  primary key (customer_id, refund_id)
);
create unique index credit_refunds_refund_id on read.credit_refunds (refund_id);
