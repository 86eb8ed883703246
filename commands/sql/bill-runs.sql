-- How far the bill run of each month is. What is billed stands in the log: a run that is repeated bills nobody twice.
create table ops.bill_runs (
  period text primary key,
  started_at text not null,
  finished_at text,
  customers integer not null,
  invoiced integer not null default 0,
  skipped integer not null default 0,
  failed integer not null default 0
);
