-- The folded subscription: what its next event changes.
create table read.mrr_subscriptions (
  customer_id text collate "C" primary key,
  state json not null
);
