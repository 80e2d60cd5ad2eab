-- Which thread is an answer in, and whom does it address?
--
-- An answer stands in the conversation it was given, wherever its address leads: else it would be
-- shown, and sent, to a number's next owner. Its address's identity is read for share, as every
-- writer reads it, and only then where the conversation is now: a join that was under way has ended.
-- Where the address leads here, what the row says besides (a lead, aliases) is recorded as ever,
-- before anything is held.
create or replace function onethread.link_answer(
  p_message public.whatsapp_message,
  out conversation_id bigint,
  out identity_id bigint
)
language plpgsql
as $$
declare
  v_address onethread.whatsapp_address := (onethread.read_counterpart(p_message)).address;
  v_leads_to bigint;
begin
  if (p_message.lead_id is not null or p_message.contact_aliases is not null)
    and onethread.current_conversation(p_message.business_id, v_address)
      = onethread.find_conversation_by_id(p_message.business_id, p_message.conversation_id)
  then
    perform onethread.resolve_message(p_message);
  end if;

  for v_try in 1..50 loop
    select i.id, i.conversation_id
    into identity_id, v_leads_to
    from public.whatsapp_identity i
    where i.business_id = p_message.business_id
      and i.kind = v_address.kind
      and i.scope = v_address.scope
      and i.match_value = v_address.match_value
      and i.valid_until is null
      and i.conversation_id is not null
    for share;
    conversation_id := onethread.find_conversation_by_id(
      p_message.business_id, p_message.conversation_id);
    exit when conversation_id is null or conversation_id = v_leads_to;
    -- No identity that is held leads there, so nothing else keeps it from being joined away.
    perform
    from public.whatsapp_conversation c
    where c.business_id = p_message.business_id and c.id = link_answer.conversation_id
    for share;
    exit when found and conversation_id = onethread.find_conversation_by_id(
      p_message.business_id, p_message.conversation_id);
    conversation_id := null;
  end loop;
  if v_leads_to is distinct from conversation_id then
    identity_id := null;
  end if;
end;
$$;

comment on function onethread.link_answer(public.whatsapp_message) is
  'The conversation of a message that is to be sent: the one it has, or into which that was joined; '
  'null when it is gone. identity_id: that of its address when it leads there today, else null.';
