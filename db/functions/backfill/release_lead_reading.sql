-- A lead's phone is read as another one now: it leaves whoever has the number that it was read as.
--
-- That number was nobody's word for the lead. Who is tied to the lead by more than its record stays:
-- evidence of another source, or a message under that number that names the lead.
create or replace function onethread.release_lead_reading(
  p_business_id bigint,
  p_lead_id bigint,
  p_match_value text
)
returns bigint
language plpgsql
as $$
declare
  v_lead_key text := onethread.lead_key(p_lead_id);
  v_key text := onethread.identifier_key('phone', '', p_match_value);
  v_conversation_id bigint;
begin
  perform onethread.record_lead_messages(p_business_id, p_lead_id, p_match_value);
  delete from public.whatsapp_identity_evidence e
  where e.business_id = p_business_id
    and e.a_key = v_lead_key
    and e.b_key = v_key
    and e.relation = 'same'
    and e.source = 'lead record';
  if not found or not exists (
    select
    from public.whatsapp_identity i
    inner join public.whatsapp_message m on m.business_id = i.business_id and m.identity_id = i.id
    where i.business_id = p_business_id
      and i.kind = 'phone'
      and i.scope = ''
      and i.match_value = p_match_value
      and i.valid_until is null
  ) then
    return null;
  end if;
  if not onethread.apply_identities(p_business_id, array[v_key, v_lead_key], '{}', null) then
    raise exception 'cannot part lead % from %: others hold them', p_lead_id, p_match_value
      using errcode = 'lock_not_available', hint = 'Try again.';
  end if;

  update public.whatsapp_conversation c
  set lead_id = null,
      canonical_key = null
  where c.business_id = p_business_id
    and c.lead_id = p_lead_id
    and v_key = any (onethread.conversation_keys(p_business_id, c.id))
    and v_lead_key <> all (onethread.identity_component(
      p_business_id, onethread.conversation_keys(p_business_id, c.id)))
  returning c.id into v_conversation_id;
  return v_conversation_id;
end;
$$;

comment on function onethread.release_lead_reading(bigint, bigint, text) is
  'Takes a lead from the phone that only its record named it by. Returns the conversation that has lost '
  'its lead by that, without a key: to be re-keyed when the lead has its new match value.';
