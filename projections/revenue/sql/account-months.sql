-- Debits and credits in micros (1e-6) by month of posting and every dimension that a report asks for. '' and 0 stand
-- for "none". `flow` says what the postings of cash and receivables are: receipt, refund, dispute, write-off.
create table read.account_months (
  posting_month text not null collate "C",
  account text not null collate "C",
  customer_id text not null collate "C",
  revenue_stream smallint not null,
  service_month text not null collate "C",
  meter text not null collate "C",
  event_type text not null collate "C",
  flow text not null collate "C",
  currency text not null collate "C",
  debit bigint not null,
  credit bigint not null,
  postings bigint not null,
  primary key (posting_month, account, customer_id, revenue_stream, service_month, meter, event_type, flow, currency)
) with (fillfactor = 70);
create index account_months_customer on read.account_months (customer_id, account);
create index account_months_service on read.account_months (service_month, account);
