-- The next rows of a table that were there before the bridge, in the order of their primary key. A
-- transaction for each call; how far it is stands in relation.last_key, so that it can be stopped and
-- begun again. Rows that are there already write nothing.
create or replace function onethread_bridge.catch_up(p_bridge text, p_relation text, p_limit int)
returns int
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan
set lock_timeout = '2s'
as $$
declare
  v_relation onethread_bridge.relation;
  v_keys text[];
  v_last text[];
begin
  select r.*
  into v_relation
  from onethread_bridge.relation r
  where r.bridge = p_bridge and r.name = p_relation
  for update;

  execute format(
    'with t as materialized (
      select %1$s from %2$s where $1 is null or (%1$s) > (%3$s) order by %1$s limit $2
    )
    select
      array(select concat_ws(''/'', %1$s) from t order by %1$s),
      (select array[%4$s] from t order by %5$s limit 1)',
    array_to_string(v_relation.key_columns, ', '),
    v_relation.table_name,
    (
      select string_agg(format('$1[%s]::%s', u.place, u.name), ', ' order by u.place)
      from unnest(v_relation.key_types) with ordinality as u (name, place)
    ),
    array_to_string(v_relation.key_columns, '::text, ') || '::text',
    array_to_string(v_relation.key_columns, ' desc, ') || ' desc')
  into v_keys, v_last
  using v_relation.last_key, p_limit;

  perform onethread_bridge.take_rows(p_bridge, p_relation, v_keys);
  update onethread_bridge.relation r
  set last_key = coalesce(v_last, r.last_key),
    is_caught_up = cardinality(v_keys) < p_limit,
    seen = r.seen + cardinality(v_keys)
  where r.bridge = p_bridge and r.name = p_relation;
  return cardinality(v_keys);
end;
$$;

comment on function onethread_bridge.catch_up(text, text, int) is
  'Takes over the next rows of a table; returns how many there were.';
