create table read.customers (
  customer_id text collate "C" primary key,
  subject_id text not null,
  currency text not null,
  tax_rate numeric not null,
  tax_inclusive boolean not null,
  payment_method boolean not null,
  registered_at text collate "C" not null,
  revision integer not null,
  position bigint not null
);
create index customers_registered_at on read.customers (registered_at);
