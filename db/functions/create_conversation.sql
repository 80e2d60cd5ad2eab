-- The first message of a person: their conversation begins.
--
-- The caller holds the identity's row for update, so nobody else is doing the same.
create or replace function public.create_conversation(
  p_business_id bigint,
  p_main public.whatsapp_address,
  p_identity_id bigint,
  p_keys text[],
  p_is_alone boolean
)
returns bigint
language plpgsql
as $$
declare
  v_conversation_id bigint;
begin
  if p_is_alone then
    v_conversation_id := public.resolve_canonical_conversation(p_business_id, p_main);
  else
    -- A program may have made one for the lead before there was a message.
    select min(c.id) into v_conversation_id
    from public.whatsapp_conversation c
    where c.business_id = p_business_id
      and c.canonical_key in (
        select public.canonical_key(p_business_id, substr(k.key, 7)::bigint, null, null)
        from unnest(p_keys) as k (key)
        where left(k.key, 5) = 'lead:'
      )
      and not exists (
        select
        from public.whatsapp_identity i
        where i.business_id = p_business_id and i.conversation_id = c.id
      );
    if v_conversation_id is null then
      insert into public.whatsapp_conversation (business_id, kind)
      values (p_business_id, 'person')
      returning id into v_conversation_id;
    end if;
  end if;

  update public.whatsapp_identity i
  set conversation_id = v_conversation_id
  where i.business_id = p_business_id
    and i.id = p_identity_id;

  if not p_is_alone then
    -- The person's other identifiers get it too, and it gets its name. If another session has made
    -- one for the person (a lead's other phone), the two have been joined.
    if not public.apply_identities(p_business_id, p_keys, 5000)
      or current_setting('transaction_isolation') <> 'read committed'
    then
      perform public.mark_evidence_pending(p_business_id, p_keys);
    end if;
    select i.conversation_id into v_conversation_id
    from public.whatsapp_identity i
    where i.business_id = p_business_id
      and i.id = p_identity_id;
  end if;
  return v_conversation_id;
end;
$$;

comment on function public.create_conversation(
  bigint, public.whatsapp_address, bigint, text[], boolean) is
  'Creates the conversation of a person (or group) and points the identities to it; is_alone: '
  'nothing but this one address is known of them.';
