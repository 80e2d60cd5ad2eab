-- What only this person had, and their leads. A phone may be, or have been, somebody else's too.
create or replace function onethread.own_keys(
  p_business_id bigint,
  p_identities public.whatsapp_identity[],
  p_lead_ids bigint[]
)
returns text[]
language plpgsql
stable
as $$
declare
  v_ids bigint[] := array(select i.id from unnest(p_identities) as i);
begin
  return array(
    select onethread.identity_key(i) as key
    from unnest(p_identities) as i
    where not exists (
      select
      from public.whatsapp_identity o
      where o.business_id = p_business_id
        and o.kind = i.kind
        and o.scope = i.scope
        and o.match_value = i.match_value
        and o.id <> all (v_ids)
    )
    union
    select onethread.lead_key(l.id)
    from unnest(p_lead_ids) as l (id)
    order by key);
end;
$$;

comment on function onethread.own_keys(bigint, public.whatsapp_identity[], bigint[]) is
  'identifier_key() of the identities that nobody else has or had, and of the leads.';
