-- Debits and credits in micros (1e-6) of all customers together, by posting date: the books as of any day are sums
-- of these. A customer's are sums of its own postings, which lie together.
create table read.daily_balances (
  account text not null collate "C",
  currency text not null collate "C",
  revenue_stream smallint not null,
  posting_date date not null,
  debit bigint not null,
  credit bigint not null,
  primary key (account, currency, revenue_stream, posting_date)
) with (fillfactor = 50);
