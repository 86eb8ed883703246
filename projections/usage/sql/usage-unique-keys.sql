create table read.usage_unique_keys (
  customer_id text collate "C" not null,
  month text collate "C" not null,
  meter text collate "C" not null,
  unique_key text collate "C" not null,
  rated boolean not null,
  primary key (customer_id, month, meter, unique_key)
);
