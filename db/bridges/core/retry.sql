-- Rows that could not be taken over, tried again.
create or replace function onethread_bridge.retry(p_bridge text, p_relation text, p_keys text[])
returns int
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan
set lock_timeout = '2s'
as $$
declare
  v_failed int;
begin
  perform onethread_bridge.take_rows(p_bridge, p_relation, p_keys);
  delete from onethread_bridge.failure f
  where f.bridge = p_bridge and f.relation = p_relation and f.key = any (p_keys)
    and f.last_failed_at < now();
  select count(*)
  into v_failed
  from onethread_bridge.failure f
  where f.bridge = p_bridge and f.relation = p_relation and f.key = any (p_keys);
  return v_failed;
end;
$$;

comment on function onethread_bridge.retry(text, text, text[]) is
  'Tries these rows again; returns how many failed again.';
