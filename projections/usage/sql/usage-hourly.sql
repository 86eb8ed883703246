-- `hour` is its first instant.
create table read.usage_hourly (
  customer_id text collate "C" not null,
  hour text collate "C" not null,
  meter text collate "C" not null,
  quantity numeric(38) not null,
  primary key (customer_id, hour, meter)
) with (fillfactor = 70);
