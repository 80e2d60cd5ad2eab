-- Their tenants: a business each, with the name that they have there.
--
-- A business that was made at its first message is called by their key until its own row is read. A
-- name that somebody chose stays.
create or replace function onethread_bridge.take_owners(
  p_bridge text, p_relation text, p_rows onethread_bridge.owner[], p_is_history boolean
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
  perform onethread_bridge.find_business(p_bridge, o.tenant, o.name)
  from unnest(p_rows) as o
  where o.tenant is not null
  order by o.tenant collate "C";

  update public.business b
  set name = o.name
  from unnest(p_rows) as o
  inner join onethread_bridge.tenant t on t.bridge = p_bridge and t.key = o.tenant
  where b.id = t.business_id
    and b.name = t.key
    and o.name <> ''
    and o.name <> b.name;
end;
$$;

comment on function onethread_bridge.take_owners(
  text, text, onethread_bridge.owner[], boolean) is
  'Makes the businesses of these tenants, and names those that have no name yet.';
