-- Debits and credits in micros (1e-6) of all time, by customer. Room is left for updates
-- in place.
create table read.account_balances (
  account text not null collate "C",
  currency text not null collate "C",
  customer_id text not null collate "C",
  debit bigint not null,
  credit bigint not null,
  primary key (account, currency, customer_id)
) with (fillfactor = 50);
