-- Give a conversation the lead and the canonical key that follow from what is known now.
--
-- Mostly nothing changes, and then nothing is locked. When something does, the row is locked and
-- all is derived again in a later statement: of two sessions that bring new identifiers to one
-- conversation, the second sees the first one's.
create or replace function onethread.rekey_conversation(
  p_business_id bigint,
  p_conversation_id bigint,
  p_lead_id bigint default null
)
returns void
language plpgsql
as $$
declare
  v_derived record;
begin
  v_derived := onethread.derive_conversation_key(p_business_id, p_conversation_id, p_lead_id);
  if not v_derived.is_changed then
    return;
  end if;

  perform
  from public.whatsapp_conversation c
  where c.business_id = p_business_id and c.id = p_conversation_id
  for no key update;
  v_derived := onethread.derive_conversation_key(p_business_id, p_conversation_id, p_lead_id);

  -- A lead that is being deleted is not waited for, its transaction may wait for the conversation:
  -- it re-keys what it leaves behind.
  perform
  from public.lead l
  where l.business_id = p_business_id and l.id = v_derived.lead_id
  for key share skip locked;
  if not found and v_derived.lead_id is not null then
    return;
  end if;

  begin
    update public.whatsapp_conversation c
    set lead_id = v_derived.lead_id,
        canonical_key = v_derived.canonical_key
    where c.business_id = p_business_id
      and c.id = p_conversation_id
      and v_derived.is_changed;
  exception when unique_violation then
    -- Another session gave the key to another conversation a moment ago. Both are the same
    -- person; making one of them is a merge, and a message is not the place to fail.
    null;
  end;
end;
$$;

comment on function onethread.rekey_conversation(bigint, bigint, bigint) is
  'Updates lead_id and canonical_key of the conversation in place when a lead (the given one '
  'claims it) or a stronger identifier has appeared or gone; its id stays.';
