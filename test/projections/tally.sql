create table read.tally (
  customer_id text primary key,
  facts bigint not null,
  units bigint not null
);
