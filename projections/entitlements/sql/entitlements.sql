-- Overrides and grants of a customer. `state` is the folded stream; what has run out stays in it until replaced.
create table read.entitlements (
  customer_id text collate "C" primary key,
  state json not null,
  revision integer not null,
  position bigint not null
);
