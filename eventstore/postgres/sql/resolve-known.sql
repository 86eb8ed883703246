-- Of appends with ids that stand in the log: 1 where exactly these events stand, in order and next to each
-- other, in this stream (and, with an explicit revision, exactly after it); else 3, unless the revision is
-- wrong anyway (2).
create function log.resolve_known(
  stream_of text[], expected int[], counts int[], append_of int[], index_of int[], id_of uuid[], status_of smallint[]
) returns smallint[] language plpgsql stable
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
declare
  hit record;
begin
  for hit in
    select t.a, count(*) as found,
           bool_and(e.stream = stream_of[t.a]) as same_stream,
           min(e.revision - t.k) as first_low, max(e.revision - t.k) as first_high
      from unnest(append_of, index_of, id_of) as t(a, k, id)
      join log.events e on e.event_id = t.id
     group by t.a
  loop
    if hit.found = counts[hit.a] and hit.same_stream and hit.first_low = hit.first_high
       and (expected[hit.a] = -2 or hit.first_low = expected[hit.a] + 1) then
      status_of[hit.a] := 1;
    elsif status_of[hit.a] = 0 or not hit.same_stream then
      status_of[hit.a] := 3;
    end if;
  end loop;
  return status_of;
end
$$;
