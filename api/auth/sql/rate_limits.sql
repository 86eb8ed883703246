-- Points taken from the quota of a minute, by bucket. Unlogged: after a crash the minute starts anew.
-- The columns are those that rate-limiter-flexible writes.
create unlogged table if not exists ops.rate_limits (
  key    varchar(255) primary key,
  points integer not null default 0,
  expire bigint
);
create index if not exists rate_limits_expire on ops.rate_limits (expire);
