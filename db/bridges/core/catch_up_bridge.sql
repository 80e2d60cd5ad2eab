-- The same for a whole bridge, where no Python runs: a job of pg_cron, or somebody in an SQL editor. Tables
-- are read in the order of the file; when all are, what failed over a minute ago is tried again.
create or replace function onethread_bridge.catch_up_bridge(p_bridge text, p_limit int default 500)
returns int
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_relation text;
  v_keys text[];
  v_seen int;
begin
  loop
    select r.name
    into v_relation
    from onethread_bridge.relation r
    where r.bridge = p_bridge and not r.is_caught_up
    order by r.place
    limit 1;
    exit when not found;
    v_seen := onethread_bridge.catch_up(p_bridge, v_relation, p_limit);
    if v_seen > 0 then
      return v_seen;
    end if;
  end loop;

  select f.relation, array_agg(f.key order by f.key)
  into v_relation, v_keys
  from (
    select o.relation, o.key
    from onethread_bridge.failure o
    where o.bridge = p_bridge and o.last_failed_at < now() - interval '1 min'
    order by o.last_failed_at, o.key
    limit p_limit
  ) as f
  group by f.relation
  order by f.relation
  limit 1;
  if not found then
    return 0;
  end if;
  perform onethread_bridge.retry(p_bridge, v_relation, v_keys);
  return cardinality(v_keys);
end;
$$;

comment on function onethread_bridge.catch_up_bridge(text, int) is
  'Takes over the next rows that were there before the bridge, then those that failed; returns how many '
  'it looked at, 0 when there is nothing left.';
