-- Forget a phone that was only ever in a lead's record: no message, no other evidence names it.
--
-- With messages the lead keeps whom it has, but a claim that another lead's conversation stands
-- against goes with the record that made it. Whom the phone had brought along has to be asked again
-- together with the lead's people, as long as one thread holds both.
--
-- Skip locked: who holds the row is just linking its first message, and may be waiting for the
-- lead that this transaction deletes.
create or replace function onethread.release_lead_phone(
  p_business_id bigint,
  p_lead_id bigint,
  p_match_value text
)
returns void
language plpgsql
as $$
declare
  v_key text := onethread.identifier_key('phone', '', p_match_value);
  v_lead_key text := onethread.lead_key(p_lead_id);
  v_identity_id bigint;
  v_conversation_id bigint;
  v_is_messaged boolean;
begin
  select i.id, i.conversation_id
  into v_identity_id, v_conversation_id
  from public.whatsapp_identity i
  where i.business_id = p_business_id
    and i.kind = 'phone'
    and i.scope = ''
    and i.match_value = p_match_value
    and i.valid_until is null
  for update skip locked;
  if not found then
    return;
  end if;
  v_is_messaged := exists (
    select
    from public.whatsapp_message m
    where m.business_id = p_business_id and m.identity_id = v_identity_id
  );
  if v_is_messaged and not exists (
    select
    from public.whatsapp_conversation c
    where c.business_id = p_business_id
      and c.id = v_conversation_id
      and c.lead_id <> p_lead_id
  ) then
    return;
  end if;

  perform onethread.delete_lead_record(p_business_id, v_lead_key, v_key);
  if not v_is_messaged and not onethread.has_evidence(p_business_id, v_key) then
    delete from public.whatsapp_identity i
    where i.business_id = p_business_id and i.id = v_identity_id;
  end if;
  if v_conversation_id is not null then
    perform onethread.rekey_conversation(p_business_id, v_conversation_id);
  end if;
  if onethread.has_evidence(p_business_id, v_key)
    and not onethread.apply_identities(
      p_business_id, array[v_lead_key, v_key], '{}', onethread.max_moved_messages())
  then
    perform onethread.mark_evidence_pending(p_business_id, array[v_lead_key, v_key]);
  end if;
end;
$$;

comment on function onethread.release_lead_phone(bigint, bigint, text) is
  'Deletes the evidence of a lead''s record about a phone that was never messaged, or whose '
  'conversation another lead has, and the phone''s identity when nothing else names it.';
