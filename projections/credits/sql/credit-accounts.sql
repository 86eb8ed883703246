-- `state` is the folded aggregate. `credit` and `wallet` are free to use; what is set aside for an invoice that does
-- not yet have it in its entry stands beside them: together they are accounts 2200 and 2210.
create table read.credit_accounts (
  customer_id text collate "C" primary key,
  currency text not null,
  credit numeric(20, 2) not null,
  credit_set_aside numeric(20, 2) not null,
  wallet numeric(20, 2) not null,
  wallet_set_aside numeric(20, 2) not null,
  promotion numeric(20, 2) not null,
  state json not null,
  revision integer not null,
  position bigint not null
);
