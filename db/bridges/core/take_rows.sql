-- Rows by their keys, for what is no trigger: together, else one by one.
create or replace function onethread_bridge.take_rows(
  p_bridge text, p_relation text, p_keys text[]
)
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan
as $$
declare
  v_error text;
begin
  if cardinality(p_keys) > 0 then
    execute format(
      'select onethread_bridge.%I($1, true)', onethread_bridge.take_function(p_bridge, p_relation))
    using p_keys;
  end if;
exception
  when others then
    v_error := sqlerrm;
    perform onethread_bridge.take_one_by_one(
      p_bridge, p_relation, p_keys, true, sqlstate, v_error);
end;
$$;

comment on function onethread_bridge.take_rows(text, text, text[]) is
  'Takes over these rows of theirs; those that fail are noted.';
