-- A row of theirs could not be taken over. Does not raise: nothing reaches their statement. An error may
-- quote an address: numbers are left out.
create or replace function onethread_bridge.note_failure(
  p_bridge text, p_relation text, p_keys text[], p_sqlstate text, p_error text
)
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan
as $$
begin
  insert into onethread_bridge.failure as f (bridge, relation, key, sqlstate, error)
  select p_bridge, p_relation, k.key, p_sqlstate,
    regexp_replace(left(p_error, 255), '[0-9]{5,}', '…', 'g')
  from (select distinct u.key from unnest(p_keys) as u (key) where u.key is not null) as k
  order by k.key collate "C"
  on conflict (bridge, relation, key) do update
  set sqlstate = excluded.sqlstate, error = excluded.error, tries = f.tries + 1,
    last_failed_at = now();
exception
  when others then
    raise log 'onethread bridge %: % rows of % could not be taken over nor noted: %',
      p_bridge, cardinality(p_keys), p_relation, p_error;
end;
$$;

comment on function onethread_bridge.note_failure(text, text, text[], text, text) is
  'Writes these rows into failure, for the next --catch-up.';
