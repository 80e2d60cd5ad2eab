-- Did the author of a message do this to it?
--
-- Asked when it is read: an edit under a LID is the phone's from the day on which the two are known to
-- be one, and no more after that was taken back.
create or replace function onethread.is_authors_event(
  p_event public.whatsapp_message_event,
  p_message public.whatsapp_message,
  p_author_keys text[]
)
returns boolean
language plpgsql
stable
as $$
begin
  if p_event.author_key is null then
    return onethread.is_unsigned_event(p_event, p_message);
  elsif p_event.author_key = any (p_author_keys) then
    return true;
  elsif p_event.author_key = 'business' or p_author_keys[1] is null
    or p_author_keys[1] = 'business'
  then
    return false;
  end if;
  return
    onethread.person_at(p_event.business_id, p_event.author_key, p_event.occurred_at)
    = onethread.person_at(
      p_event.business_id, p_author_keys[1], onethread.message_sent_at(p_message));
end;
$$;

comment on function onethread.is_authors_event(
  public.whatsapp_message_event, public.whatsapp_message, text[]) is
  'True when the author of the event is the message''s. author_keys: message_author_keys().';
