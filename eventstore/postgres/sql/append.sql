-- Appends many batches of events in one statement; one result row for each append, in order.
-- The caller sends, for each append, its stream, the expected revision (-1 none, -2 any) and its number of
-- events; and, for all events in the same order, streams, ids, types, versions, data and metadata, newline-joined
-- (JSON text has no raw newline). Within one call a stream has either any number of 'any' appends or a single
-- explicit one, and no event id twice: the caller's batching sees to it.
-- status: 0 appended, 1 the very same events stood there already, 2 wrong revision, 3 an event id is taken.
-- The advisory lock makes position order commit order: the next holder reads what this one has committed.
create function log.append(
  streams text, expected int[], counts int[],
  event_streams text, ids text, types text, versions smallint[], data text, metadata text
) returns table (ord int, status smallint, revision int, "position" bigint, taken_id uuid, taken_stream text, taken_revision int)
language plpgsql security definer
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
set plan_cache_mode = force_generic_plan
as $$
declare
  head bigint;
  now_ timestamptz;
  stream_of text[] := string_to_array(streams, E'\n');
  id_of uuid[] := string_to_array(ids, E'\n')::uuid[];
  type_of text[] := string_to_array(types, E'\n');
  data_of text[] := string_to_array(data, E'\n');
  metadata_of text[] := string_to_array(metadata, E'\n');
  append_of int[];
  index_of int[];
  current_of int[];
  status_of smallint[];
  base_of int[];
  fits boolean;
  known int;
  i int;
  n int := cardinality(stream_of);
  total int := cardinality(id_of);
  inserted int := 0;
begin
  if total > n then
    select array_agg(a.i order by a.i, k), array_agg(k order by a.i, k) into append_of, index_of
      from unnest(counts) with ordinality as a(c, i), lateral generate_series(0, a.c - 1) as k;
  end if;
  -- As an expression: `perform` would start the executor.
  if pg_advisory_xact_lock(4711001) is null then null; end if;
  now_ := clock_timestamp();

  -- One statement for all that is asked of the log, because a statement costs as much as an event.
  -- base_of: the first revision of each append, after its stream's head and the appends before it.
  select (select coalesce(max(e.position), 0) from log.events e),
         (select count(*) from unnest(id_of) as t(id) join log.events e on e.event_id = t.id),
         array_agg(s.current order by s.i), array_agg(s.current + 1 + s.before order by s.i),
         bool_and(s.expected = -2 or s.expected = s.current)
    into head, known, current_of, base_of, fits
    from (
      select t.i, t.expected, coalesce(c.revision, -1) as current,
             coalesce(sum(t.c) over (partition by t.stream order by t.i rows between unbounded preceding and 1 preceding), 0)::int as before
        from unnest(stream_of, expected, counts) with ordinality as t(stream, expected, c, i)
        left join lateral (
          select e.revision from log.events e where e.stream = t.stream order by e.revision desc limit 1
        ) c on true
    ) s;

  -- The common case: each append is one event and all of them are accepted.
  if fits and known = 0 and total = n then
    if pg_notify('aura_log', (head + n)::text) is null then null; end if;
    return query
      insert into log.events (position, stream, revision, event_id, type, schema_version, data, metadata, stored_at)
      select head + t.o, t.stream, base_of[t.o], t.id, t.type, t.version, t.data::json, t.metadata::json, now_
        from unnest(stream_of, id_of, type_of, versions, data_of, metadata_of)
          with ordinality as t(stream, id, type, version, data, metadata, o)
       order by t.o
      returning (events.position - head)::int, 0::smallint, events.revision, events.position, null::uuid, null::text, null::int;
    return;
  end if;
  if total = n then
    append_of := array(select generate_series(1, n));
    index_of := array_fill(0, array[n]);
  end if;

  status_of := array_fill(0::smallint, array[n]);
  for i in 1..n loop
    if expected[i] <> -2 and expected[i] <> current_of[i] then status_of[i] := 2; end if;
  end loop;
  if known > 0 then
    status_of := log.resolve_known(stream_of, expected, counts, append_of, index_of, id_of, status_of);
  end if;

  if not fits or known > 0 then
    select array_agg(current_of[a.i] + 1 + coalesce(a.before, 0) order by a.i) into base_of from (
      select s.i, sum(case when status_of[s.i] = 0 then counts[s.i] else 0 end)
        over (partition by s.stream order by s.i rows between unbounded preceding and 1 preceding) as before
      from unnest(stream_of) with ordinality as s(stream, i)
    ) a;
  end if;

  insert into log.events (position, stream, revision, event_id, type, schema_version, data, metadata, stored_at)
  select head + row_number() over (order by t.o), t.stream, base_of[t.a] + t.k, t.id, t.type, t.version,
         t.data::json, t.metadata::json, now_
    from unnest(append_of, index_of, string_to_array(event_streams, E'\n'), id_of, type_of, versions, data_of, metadata_of)
      with ordinality as t(a, k, stream, id, type, version, data, metadata, o)
   where status_of[t.a] = 0;
  get diagnostics inserted = row_count;
  if inserted > 0 then perform pg_notify('aura_log', (head + inserted)::text); end if;

  if known = 0 then
    return query
      select s.i::int, status_of[s.i],
        case when status_of[s.i] = 0 then base_of[s.i] + counts[s.i] - 1 else current_of[s.i] end,
        head + sum(case when status_of[s.i] = 0 then counts[s.i] else 0 end) over (order by s.i),
        null::uuid, null::text, null::int
      from unnest(counts) with ordinality as s(c, i) order by s.i;
  else
    return query
      select s.i::int, status_of[s.i],
        case status_of[s.i] when 0 then base_of[s.i] + counts[s.i] - 1 when 1 then last.revision else current_of[s.i] end,
        case status_of[s.i] when 1 then last.position
          else head + sum(case when status_of[s.i] = 0 then counts[s.i] else 0 end) over (order by s.i) end,
        case when status_of[s.i] = 3 then taken.event_id end, taken.stream, taken.revision
      from unnest(counts) with ordinality as s(c, i)
      left join lateral (
        select e.revision, e.position from log.events e
         where status_of[s.i] = 1 and e.event_id = id_of[(select sum(q) from unnest(counts[1:s.i]) q)]
      ) last on true
      left join lateral (
        select e.event_id, e.stream, e.revision from generate_subscripts(id_of, 1) g join log.events e on e.event_id = id_of[g]
         where status_of[s.i] = 3 and append_of[g] = s.i order by g limit 1
      ) taken on true
      order by s.i;
  end if;
end
$$;
