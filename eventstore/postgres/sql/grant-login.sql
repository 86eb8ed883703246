-- The login user works under aura_app; a superuser needs no grant.
do $$
begin
  execute format('grant aura_app to %I', current_user);
exception
  when duplicate_object or unique_violation or invalid_grant_operation then null;
end
$$;
