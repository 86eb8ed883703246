create schema if not exists vault;
create table vault.subjects (
  subject_id text primary key,
  name text,
  email text,
  erased_at timestamptz
);
grant usage on schema vault to aura_app;
grant select, insert, update, delete on vault.subjects to aura_app;
