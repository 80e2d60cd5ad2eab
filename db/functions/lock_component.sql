-- Hold the identities of a component as they are, for a change that moves no message.
--
-- Leads first, then in the order of claim_identities(), each as lock_identity() does it. Taken even
-- when nothing seems to change: only who holds them knows that no first message is under way.
create or replace function public.lock_component(p_business_id bigint, p_keys text[])
returns text[]
language plpgsql
as $$
declare
  v_keys text[] := p_keys;
  v_again text[];
  v_key text;
  v_address public.whatsapp_address;
  v_row record;
begin
  loop
    for v_key in
      select k.key
      from unnest(v_keys) as k (key)
      order by left(k.key, 5) <> 'lead:', k.key collate "C"
    loop
      v_address := public.key_address(v_key);
      if v_address.kind = 'lead' then
        -- Where two first messages of one lead meet, under two addresses.
        perform
        from public.lead l
        where l.business_id = p_business_id and l.id = v_address.match_value::bigint
        for no key update;
        continue;
      end if;
      select i.id, i.conversation_id
      into v_row
      from public.whatsapp_identity i
      where i.business_id = p_business_id
        and i.kind = v_address.kind
        and i.scope = v_address.scope
        and i.match_value = v_address.match_value
        and i.valid_until is null;
      if not found then
        -- Evidence that is pending may name somebody who has no row yet, or whose first message is
        -- not committed: then this waits for it.
        perform public.claim_identities(p_business_id, array[v_address]);
        select i.id, i.conversation_id
        into v_row
        from public.whatsapp_identity i
        where i.business_id = p_business_id
          and i.kind = v_address.kind
          and i.scope = v_address.scope
          and i.match_value = v_address.match_value
          and i.valid_until is null;
      end if;
      if v_row.conversation_id is null then
        perform
        from public.whatsapp_identity i
        where i.business_id = p_business_id and i.id = v_row.id
        for no key update;
      else
        perform
        from public.whatsapp_identity i
        where i.business_id = p_business_id and i.id = v_row.id
        for share;
      end if;
    end loop;

    v_again := public.identity_component(p_business_id, v_keys);
    exit when v_again <@ v_keys;
    v_keys := v_again;
  end loop;
  return v_keys;
end;
$$;

comment on function public.lock_component(bigint, text[]) is
  'Locks today''s identities of the keys (share, or no key update without a conversation) in byte '
  'order, until the component grows no more; returns it.';
