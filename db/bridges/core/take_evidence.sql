-- Who is whom, by their tables.
--
-- A row without a tenant speaks for all of them. `lead:` and the key of a contact is the lead that the
-- contact is. A row that says what it said before is not read again: tables of chats are updated with
-- each message. What was there before the bridge has no time, unless it gives one.
create or replace function onethread_bridge.take_evidence(
  p_bridge text, p_relation text, p_rows onethread_bridge.evidence[], p_is_history boolean
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
  perform onethread_bridge.find_business(p_bridge, e.tenant)
  from unnest(p_rows) as e
  where e.tenant is not null
    and not exists (
      select from onethread_bridge.tenant t where t.bridge = p_bridge and t.key = e.tenant
    );

  with pair as materialized (
    select
      e.key, t.business_id, coalesce(e.relation, 'same') as relation, e.observed_at, e.weight,
      case when e.a like 'lead:%' then 'lead:' || la.lead_id else e.a end as a,
      case when e.b like 'lead:%' then 'lead:' || lb.lead_id else e.b end as b
    from unnest(p_rows) as e
    inner join onethread_bridge.tenant t
      on t.bridge = p_bridge and (e.tenant is null or t.key = e.tenant)
    left join onethread_bridge.lead la
      on la.bridge = p_bridge and la.tenant = coalesce(e.tenant, '') and e.a = 'lead:' || la.key
    left join onethread_bridge.lead lb
      on lb.bridge = p_bridge and lb.tenant = coalesce(e.tenant, '') and e.b = 'lead:' || lb.key
  ),
  said as materialized (
    select p.*
    from pair p
    where p.a <> '' and p.b <> '' and p.a <> p.b
  ),
  hash as materialized (
    select
      s.key,
      md5(string_agg(
        concat_ws(chr(31), s.business_id, s.a, s.b, s.relation, s.observed_at, s.weight), chr(30)
        order by s.business_id, s.a collate "C", s.b collate "C", s.relation))::uuid as said_hash
    from said s
    where s.key is not null
    group by s.key
  ),
  noted as (
    insert into onethread_bridge.known as k (bridge, relation, key, said_hash)
    select p_bridge, p_relation, h.key, h.said_hash
    from hash h
    order by h.key collate "C"
    on conflict (bridge, relation, key) do update
    set said_hash = excluded.said_hash
    where k.said_hash <> excluded.said_hash
    returning k.key
  )
  insert into public.whatsapp_identity_evidence (
    business_id, a, b, relation, source, observed_at, weight, is_undated
  )
  select
    s.business_id, s.a, s.b, s.relation, p_bridge || ' ' || p_relation,
    coalesce(s.observed_at, now()),
    coalesce(
      s.weight,
      case when s.relation in ('same', 'replaced')
        and (select not b.trust_mappings from public.business b where b.id = s.business_id)
        then 'claimed' end,
      'attested'),
    p_is_history and s.observed_at is null
  from said s
  left join noted n on n.key = s.key
  where s.key is null or n.key is not null
  order by least(s.a, s.b) collate "C", greatest(s.a, s.b) collate "C", s.business_id
  on conflict do nothing;
end;
$$;

comment on function onethread_bridge.take_evidence(
  text, text, onethread_bridge.evidence[], boolean) is
  'Stores what their rows say about who is whom as evidence.';
