-- Does an edit, a delete or a reaction count for the message that it is about?
--
--  * an edit: its author's only;
--  * a delete: its author's; in a group also anybody's who is there (an administrator's, ours): the
--    text stays, message_state() says who deleted it;
--  * a reaction, a vote: of whoever is in the chat, and is named.
create or replace function onethread.is_event_heard(
  p_event public.whatsapp_message_event,
  p_message public.whatsapp_message,
  p_chat_keys text[],
  p_author_keys text[]
)
returns boolean
language plpgsql
stable
as $$
begin
  if p_event.kind not in ('reaction', 'vote')
    and onethread.is_authors_event(p_event, p_message, p_author_keys)
  then
    return true;
  elsif p_event.kind = 'edited'
    or p_event.author_key is null
    or p_event.kind = 'revoked' and split_part(p_chat_keys[1], ':', 1) is distinct from 'group'
  then
    return false;
  end if;
  return p_event.author_key = 'business'
    or onethread.is_event_in_chat(p_event, p_message, p_chat_keys);
end;
$$;

comment on function onethread.is_event_heard(
  public.whatsapp_message_event, public.whatsapp_message, text[], text[]) is
  'Whether an edit, delete, reaction or vote with the id of this message is applied. chat_keys, '
  'author_keys: message_chat_keys(), message_author_keys().';
