-- The lines of entries. amount in micros (1e-6), debit positive, credit negative. '' and 0 stand for "none" in
-- the dimensions. No foreign keys: verification proves what they would, at no cost to the hot path.
create table read.postings (
  account text not null collate "C",
  customer_id text not null collate "C",
  posting_at timestamptz not null,
  entry_no bigint not null,
  line_no smallint not null,
  posting_date date not null,
  amount bigint not null,
  currency text not null collate "C",
  revenue_stream smallint not null,
  meter text not null,
  partner_id text not null,
  loan_id text not null,
  service_period text not null,
  primary key (account, customer_id, posting_at, entry_no, line_no)
);
create index on read.postings using brin (entry_no);
