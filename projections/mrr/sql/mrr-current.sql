-- `arr_minor`: recurring amount of a year, in cents, net of tax. `first_at`: when it first was above zero.
create table read.mrr_current (
  customer_id text collate "C" not null,
  revenue_stream smallint not null,
  arr_minor bigint not null,
  tier text not null,
  status text not null,
  first_at text collate "C",
  position bigint not null,
  primary key (customer_id, revenue_stream)
);
