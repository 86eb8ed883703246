create function log.refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'log.events is append-only: % is refused', tg_op using errcode = 'LG001';
end
$$;
