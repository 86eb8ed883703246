-- What the meters counted on a day, UTC, of all customers.
create table read.usage_daily (
  day text collate "C" not null,
  meter text collate "C" not null,
  quantity numeric(38) not null,
  primary key (day, meter)
) with (fillfactor = 70);
