-- Their contacts, as leads.
--
-- A lead has an id of its own: their keys are of any type, and a lead of another program must not meet
-- one. A row that says what the lead says already writes nothing.
create or replace function onethread_bridge.take_contacts(
  p_bridge text, p_relation text, p_rows onethread_bridge.contact[], p_is_history boolean
)
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
as $$
begin
  if p_rows = '{}' then
    return;
  end if;
  with said as materialized (
    select
      c.key, coalesce(c.tenant, '') as tenant, c.name, c.phone,
      onethread_bridge.find_business(p_bridge, coalesce(c.tenant, '')) as business_id,
      nextval('public.lead_id_seq') as id
    from unnest(p_rows) as c
    where c.key is not null
      and not exists (
        select
        from onethread_bridge.lead l
        where l.bridge = p_bridge and l.tenant = coalesce(c.tenant, '') and l.key = c.key
      )
  ),
  noted as (
    insert into onethread_bridge.lead (bridge, tenant, key, business_id, lead_id)
    select p_bridge, s.tenant, s.key, s.business_id, s.id
    from said s
    order by s.tenant collate "C", s.key collate "C"
  )
  insert into public.lead (business_id, id, name, phone)
  select s.business_id, s.id, s.name, s.phone
  from said s
  order by onethread_bridge.person_order(array[s.phone]), s.id;

  update public.lead u
  set name = s.name, phone = s.phone
  from (
    select l.business_id, l.lead_id, c.name, c.phone
    from unnest(p_rows) as c
    inner join onethread_bridge.lead l
      on l.bridge = p_bridge and l.tenant = coalesce(c.tenant, '') and l.key = c.key
  ) as s
  where u.business_id = s.business_id
    and u.id = s.lead_id
    and (u.name, u.phone) is distinct from (s.name, s.phone);
end;
$$;

comment on function onethread_bridge.take_contacts(
  text, text, onethread_bridge.contact[], boolean) is
  'Inserts or updates the leads that these contacts are.';
