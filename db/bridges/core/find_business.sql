-- The business of a tenant of theirs; made when it is new.
--
-- Who makes one holds the row of the bridge, so that two sessions do not make two. In the gateway's
-- transaction: a tenant appears once.
create or replace function onethread_bridge.find_business(
  p_bridge text, p_tenant text, p_name text default null
)
returns bigint
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan
as $$
declare
  v_bridge onethread_bridge.bridge;
  v_id bigint;
begin
  select t.business_id
  into v_id
  from onethread_bridge.tenant t
  where t.bridge = p_bridge and t.key = p_tenant;
  if found then
    return v_id;
  end if;

  select b.*
  into v_bridge
  from onethread_bridge.bridge b
  where b.name = p_bridge
  for no key update;

  select t.business_id
  into v_id
  from onethread_bridge.tenant t
  where t.bridge = p_bridge and t.key = p_tenant;
  if found then
    return v_id;
  end if;

  v_id := v_bridge.business_id;
  if v_id is null then
    insert into public.business (name, default_region, bare_digits)
    values (
      coalesce(nullif(p_name, ''), nullif(p_tenant, ''), p_bridge),
      v_bridge.default_region, v_bridge.bare_digits)
    returning id into v_id;
  end if;
  insert into onethread_bridge.tenant (bridge, key, business_id) values (p_bridge, p_tenant, v_id);

  -- Tables that speak for all tenants have not been read for this one.
  update onethread_bridge.relation r
  set last_key = null, is_caught_up = false, seen = 0
  where r.bridge = p_bridge and r.is_for_all_tenants and r.last_key is not null;
  return v_id;
end;
$$;

comment on function onethread_bridge.find_business(text, text, text) is
  'The business that a tenant of a bridge is; the first time it is made.';
