-- The folded subscription, and its time on each tier: what decides whether a fact is rated.
create table read.usage_subscriptions (
  customer_id text collate "C" primary key,
  state json not null,
  stretches json not null
);
