-- Hold the leads and the identities of people whom nobody may know yet, in the order of everybody
-- who meets them for the first time: leads first, then in byte order of the keys.
create or replace function onethread.lock_newcomers(
  p_business_id bigint,
  p_newcomers onethread.whatsapp_unlinked[]
)
returns void
language plpgsql
set plan_cache_mode = 'force_custom_plan'
as $$
begin
  perform
  from public.lead l
  where l.business_id = p_business_id
    and l.id in (select n.lead_id from unnest(p_newcomers) as n)
  order by l.id
  for no key update;

  insert into public.whatsapp_identity (business_id, kind, scope, value, match_value)
  select distinct on (onethread.address_key(n.address) collate "C")
    p_business_id, (n.address).kind, (n.address).scope, (n.address).value,
    (n.address).match_value
  from unnest(p_newcomers) as n
  order by onethread.address_key(n.address) collate "C", n.message_id
  on conflict (business_id, kind, scope, match_value) where valid_until is null do nothing;

  perform
  from public.whatsapp_identity i
  where i.business_id = p_business_id
    and i.id = any (array(
      select found.id
      from unnest(p_newcomers) as n
      cross join lateral (
        select o.id
        from public.whatsapp_identity o
        where o.business_id = p_business_id
          and o.kind = (n.address).kind
          and o.scope = (n.address).scope
          and o.match_value = (n.address).match_value
        offset 0
      ) found
    ))
    and i.valid_until is null
    and i.conversation_id is null
  order by onethread.identity_key(i) collate "C"
  for no key update;
end;
$$;

comment on function onethread.lock_newcomers(bigint, onethread.whatsapp_unlinked[]) is
  'Locks the leads that the messages name, and the identities of their addresses, which are created '
  'where there are none.';
