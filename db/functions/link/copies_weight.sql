-- How much do two rows with one id say about who is whom? Nothing, if they may be two messages.
create or replace function onethread.copies_weight(
  p_message public.whatsapp_message,
  p_copy public.whatsapp_message,
  p_trusted text[]
)
returns text
language sql
stable
parallel safe
as $$
select case
  when (
    p_copy.conversation_id <> p_message.conversation_id
    and p_copy.provider = p_message.provider
    and onethread.message_direction(p_copy.direction)
      = onethread.message_direction(p_message.direction)
    and p_copy.kind = p_message.kind
    and p_copy.body is not distinct from p_message.body
    -- A short id is not enough without words.
    and (p_message.body <> '' or length(p_message.provider_message_id) >= 16)
    and p_copy.sent_at
      between p_message.sent_at - interval '2 s' and p_message.sent_at + interval '2 s'
    and p_message.contact_aliases is null
    and p_copy.contact_aliases is null
    and p_message.source is distinct from 'history'
    and p_copy.source is distinct from 'history'
    and p_message.list_address is null
    and p_copy.list_address is null
  ) is not true then null
  when onethread.message_direction(p_message.direction) = 'outbound' then case
    when 'send_response' in (p_message.source::text, p_copy.source::text)
      or p_message.send_attempts > 0
      or p_copy.send_attempts > 0
      then 'attested'
    else 'claimed'
  end
  when p_message.provider = any (p_trusted) then 'attested'
  else 'claimed'
end
$$;

comment on function onethread.copies_weight(
  public.whatsapp_message, public.whatsapp_message, text[]) is
  'attested for the answer to a send of ours, and for what came in through one of the providers in '
  'business.trust_copies; else claimed. Null where they may be two messages.';
