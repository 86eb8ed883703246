-- Every change of a customer's recurring amount in a stream; all deltas of customer and stream sum to its
-- `arr_minor`. `kind` is what it is for the customer as a whole, `stream_kind` within the stream, `sub_kind` why.
create table read.mrr_movements (
  customer_id text collate "C" not null,
  position bigint not null,
  seq integer not null,
  revenue_stream smallint not null,
  kind text not null,
  stream_kind text not null,
  sub_kind text not null,
  delta_arr_minor bigint not null,
  after_arr_minor bigint not null,
  total_arr_minor bigint not null,
  at text collate "C" not null,
  month text collate "C" not null,
  event_id uuid not null,
  tier_from text,
  tier_to text not null,
  primary key (customer_id, position, seq)
);
create unique index mrr_movements_position on read.mrr_movements (position, seq);
create index mrr_movements_month on read.mrr_movements (month, kind) include (delta_arr_minor);
create index mrr_movements_at on read.mrr_movements (at) include (delta_arr_minor, kind);
