-- Top-ups of the wallet and grants of promotional credit. `remaining` is what is left of `amount`.
create table read.credit_blocks (
  customer_id text collate "C" not null,
  block_id text collate "C" not null,
  kind text not null,
  amount numeric(20, 2) not null,
  remaining numeric(20, 2) not null,
  currency text not null,
  priority integer not null,
  expires_at text collate "C",
  method text,
  reason text,
  created_at text collate "C" not null,
  position bigint not null,
  primary key (customer_id, block_id)
);
create index credit_blocks_expires_at on read.credit_blocks (expires_at, customer_id)
  where remaining > 0 and expires_at is not null;
