-- How much does it say about who is whom that two rows are one message?
create or replace function onethread.copies_weight(
  p_message public.whatsapp_message,
  p_copy public.whatsapp_message,
  p_trusted text[]
)
returns text
language sql
immutable
parallel safe
as $$
select case
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
  'business.trust_copies; else claimed.';
