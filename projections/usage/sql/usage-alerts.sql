create table read.usage_alerts (
  customer_id text collate "C" not null,
  month text collate "C" not null,
  meter text collate "C" not null,
  unit text not null,
  value bigint not null,
  direction text not null,
  quantity numeric(38) not null,
  included numeric(38) not null,
  tier text,
  upgrade_hint boolean not null,
  raised_at text collate "C" not null,
  position bigint not null,
  primary key (customer_id, month, meter, unit, value, direction)
);
create unique index usage_alerts_position on read.usage_alerts (position);
