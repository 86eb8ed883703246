-- A customer's streams together: what decides whether it is new, churned or back.
create table read.mrr_customers (
  customer_id text collate "C" primary key,
  arr_minor bigint not null,
  first_at text collate "C",
  position bigint not null
);
