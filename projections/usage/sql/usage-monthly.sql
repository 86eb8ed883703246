-- What a meter counted in a month: all of it, and what is rated. Room is left for updates in place.
create table read.usage_monthly (
  customer_id text collate "C" not null,
  month text collate "C" not null,
  meter text collate "C" not null,
  quantity numeric(38) not null,
  rated_quantity numeric(38) not null,
  facts bigint not null,
  quarantined bigint not null,
  -- Sum of the corrections in `quantity`.
  corrected numeric(38) not null,
  last_position bigint not null,
  primary key (customer_id, month, meter)
) with (fillfactor = 70);
create index usage_monthly_month on read.usage_monthly (month, customer_id);
