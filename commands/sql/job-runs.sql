-- Time-driven jobs that are done; one that its decider refused is `skipped`, so that it does not fire for ever.
create table ops.job_runs (
  job text not null,
  subject text not null,
  due_at text not null,
  outcome text not null check (outcome in ('done', 'skipped')),
  detail text,
  at timestamptz not null default clock_timestamp(),
  primary key (job, subject, due_at)
);
