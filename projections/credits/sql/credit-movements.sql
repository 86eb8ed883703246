-- Every change of a fund, in log order; `balance` is the fund's after it. An event may move several funds.
create table read.credit_movements (
  customer_id text collate "C" not null,
  position bigint not null,
  fund text not null,
  kind text not null,
  amount numeric(20, 2) not null,
  balance numeric(20, 2) not null,
  currency text not null,
  at text collate "C" not null,
  invoice_id text,
  reference_id text,
  event_id uuid not null,
  primary key (customer_id, position, fund)
);
