-- Their own numbers, which are never a person.
create or replace function onethread_bridge.take_numbers(
  p_bridge text, p_relation text, p_rows onethread_bridge.number[], p_is_history boolean
)
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan
as $$
begin
  if p_rows = '{}' then
    return;
  end if;
  insert into public.business_number (business_id, kind, value)
  select distinct
    onethread_bridge.find_business(p_bridge, coalesce(n.tenant, '')), a.kind, a.value
  from unnest(p_rows) as n
  cross join lateral onethread.read_address(n.address, null) as a
  where a.kind in ('phone', 'lid', 'bsuid')
  order by 1, 2, 3
  on conflict do nothing;
end;
$$;

comment on function onethread_bridge.take_numbers(
  text, text, onethread_bridge.number[], boolean) is
  'Registers these addresses as the business''s own.';
