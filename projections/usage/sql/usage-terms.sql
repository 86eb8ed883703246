-- What was agreed with a customer about its usage, folded.
create table read.usage_terms (
  customer_id text collate "C" primary key,
  state json not null
);
