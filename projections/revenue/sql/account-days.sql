-- Debits and credits in micros (1e-6) of revenue accounts by day of posting, all customers together.
create table read.account_days (
  posting_date text not null collate "C",
  account text not null collate "C",
  revenue_stream smallint not null,
  meter text not null collate "C",
  currency text not null collate "C",
  debit bigint not null,
  credit bigint not null,
  primary key (posting_date, account, revenue_stream, meter, currency)
) with (fillfactor = 70);
