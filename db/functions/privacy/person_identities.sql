-- All that one person has, as the rule sees it and as the conversations have it.
create or replace function onethread.person_identities(p_business_id bigint, p_key text)
returns setof public.whatsapp_identity
language plpgsql
stable
as $$
declare
  v_keys text[] := onethread.identity_component(p_business_id, array[p_key]);
  v_state onethread.whatsapp_resolution := onethread.decide_component(p_business_id, v_keys);
  v_person int := onethread.identifier_person(v_state, p_key, 'infinity');
  v_identities public.whatsapp_identity[];
begin
  v_identities := array(
    select i
    from unnest(v_keys) as k (key)
    cross join lateral onethread.key_address(k.key) as a
    inner join public.whatsapp_identity i
      on i.business_id = p_business_id
      and i.kind = a.kind
      and i.scope = a.scope
      and i.match_value = a.match_value
    where onethread.identifier_person(v_state, k.key, i.valid_from) = v_person
      or k.key = p_key and i.valid_until is null);
  return query
  select i.*
  from unnest(v_identities) as i
  union
  select i.*
  from public.whatsapp_identity i
  where i.business_id = p_business_id
    and i.conversation_id in (select h.conversation_id from unnest(v_identities) as h);
end;
$$;

comment on function onethread.person_identities(bigint, text) is
  'The identities of whoever has this identifier_key() today: of every conversation of theirs, and '
  'of addresses under which nobody has written yet.';
