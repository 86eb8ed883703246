-- Debits and credits in micros (1e-6) by posting date: balances as of any day are sums of these.
create table read.daily_balances (
  account text not null collate "C",
  currency text not null collate "C",
  customer_id text not null collate "C",
  revenue_stream smallint not null,
  posting_date date not null,
  debit bigint not null,
  credit bigint not null,
  primary key (account, currency, customer_id, revenue_stream, posting_date)
);
