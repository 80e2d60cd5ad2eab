-- The slow path of link_message_trigger(): who is this, and which conversation is theirs?
--
-- Also what an UPDATE of a message's address goes through (relink_message_trigger).
create or replace function onethread.resolve_message(
  p_message public.whatsapp_message,
  out conversation_id bigint,
  out identity_id bigint
)
language plpgsql
as $$
declare
  v_counterpart record := onethread.read_counterpart(p_message);
begin
  if onethread.is_erased_message(p_message, onethread.message_sent_at(p_message)) then
    -- Nobody's; link_message_trigger() drops it.
    return;
  elsif v_counterpart.address is not null then
    select r.conversation_id, r.identity_id
    into conversation_id, identity_id
    from onethread.resolve_conversation(
      p_message.business_id,
      p_message.lead_id,
      onethread.message_addresses(p_message, v_counterpart.address),
      p_message.sent_at,
      coalesce(p_message.provider, p_message.source, 'message')) r;
    if (v_counterpart.address).kind not in ('phone', 'lid', 'bsuid') then
      perform onethread.learn_participant(p_message);
    else
      perform onethread.claim_lid_digits(
        p_message.business_id, v_counterpart.address, p_message.sent_at);
    end if;
  elsif v_counterpart.reason = 'no address' then
    -- Without any address the writer's own word stands, if there is such a conversation; one that was
    -- joined into another may have its row still.
    conversation_id := onethread.find_conversation_by_id(
      p_message.business_id, p_message.conversation_id);
  end if;
end;
$$;

comment on function onethread.resolve_message(public.whatsapp_message) is
  'Conversation and identity of a message, found or created; nulls when its address identifies '
  'nobody.';
