-- What was refused and why: nothing of it is in the log or the read models.
create table ops.refused_commands (
  id bigint generated always as identity primary key,
  command_id uuid not null,
  command_type text not null,
  actor text not null,
  code text not null,
  recorded_at text not null,
  at timestamptz not null default clock_timestamp()
);
create index refused_commands_command_id on ops.refused_commands (command_id);
