-- `state` is the folded aggregate; the columns beside it are what queries look for.
create table read.subscriptions (
  customer_id text collate "C" primary key,
  subscription_id text not null,
  status text not null,
  tier text not null,
  billing_cycle text not null,
  price numeric(20, 2) not null,
  currency text not null,
  tax_rate numeric not null,
  trial_ends_at text collate "C",
  charge_from text collate "C",
  charge_to text collate "C",
  charge_invoice_id text,
  scheduled_tier text,
  scheduled_at text collate "C",
  ends_at text collate "C",
  prorated_since text collate "C",
  state json not null,
  revision integer not null,
  position bigint not null
);
create index subscriptions_trial_ends_at on read.subscriptions (trial_ends_at, customer_id)
  where status = 'trialing';
create index subscriptions_charge_to on read.subscriptions (charge_to, customer_id)
  where status = 'active' and charge_to is not null;
create index subscriptions_ends_at on read.subscriptions (ends_at, customer_id) where ends_at is not null;
create index subscriptions_prorated_since on read.subscriptions (prorated_since, customer_id)
  where prorated_since is not null;
create index subscriptions_scheduled_at on read.subscriptions (scheduled_at, customer_id)
  where scheduled_at is not null;
