-- The folded subscription: what its next event changes. `pending`: something is scheduled that will change its
-- recurring amount, or a trial runs.
create table read.mrr_subscriptions (
  customer_id text collate "C" primary key,
  state json not null,
  pending boolean not null
);
create index mrr_subscriptions_pending on read.mrr_subscriptions (customer_id) where pending;
