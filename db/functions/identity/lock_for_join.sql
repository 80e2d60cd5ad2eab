-- Hold everything that a join moves.
--
-- One join at a time in a business; leads, conversations, then identities, former ones too. "for no
-- key update" on the conversation, because a message that is being inserted holds a key share of
-- it; the writers are kept out by the identities, which every one of them reads for share.
create or replace function onethread.lock_for_join(
  p_business_id bigint,
  p_keys text[],
  p_conversation_ids bigint[]
)
returns void
language plpgsql
as $$
declare
  v_id bigint;
  v_key text;
  v_address onethread.whatsapp_address;
begin
  perform onethread.lock_business(p_business_id, 'join');
  for v_id in
    select onethread.lead_id(k.key) as id
    from unnest(p_keys) as k (key)
    where onethread.is_lead_key(k.key)
    order by id
  loop
    perform
    from public.lead l
    where l.business_id = p_business_id and l.id = v_id
    for no key update;
  end loop;

  for v_id in select c.id from unnest(p_conversation_ids) as c (id) order by c.id loop
    perform
    from public.whatsapp_conversation c
    where c.business_id = p_business_id and c.id = v_id
    for no key update;
  end loop;

  foreach v_key in array p_keys loop
    v_address := onethread.key_address(v_key);
    perform
    from public.whatsapp_identity i
    where i.business_id = p_business_id
      and i.kind = v_address.kind
      and i.scope = v_address.scope
      and i.match_value = v_address.match_value
    order by i.id
    for no key update;
  end loop;
end;
$$;

comment on function onethread.lock_for_join(bigint, text[], bigint[]) is
  'Takes the business''s lock for joins, the leads, the conversations and all identities of the '
  'keys. Give it a lock_timeout: who holds a share of them may wait for us.';
