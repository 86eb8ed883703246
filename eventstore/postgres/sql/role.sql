-- Roles belong to the whole cluster: another database's migration may create it at the same moment.
do $$
begin
  create role aura_app nologin;
exception
  when duplicate_object or unique_violation then null;
end
$$;
