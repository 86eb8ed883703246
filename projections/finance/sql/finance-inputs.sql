-- Every value that was recorded; the one with the highest position of a month and kind stands. `amount` is money,
-- or per cent where there is no currency.
create table read.finance_inputs (
  month text not null collate "C",
  kind text not null collate "C",
  position bigint not null,
  amount numeric(21, 6) not null,
  currency text,
  note text not null,
  standing boolean not null,
  recorded_at text not null collate "C",
  actor text not null,
  event_id uuid not null,
  primary key (month, kind, position)
);
create index finance_inputs_position on read.finance_inputs (position);
