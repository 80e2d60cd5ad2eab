-- Those events of a message that count: what the thread shows follows from them.
--
-- Whose the message is, is read once, and only when somebody edited, deleted or reacted.
create or replace function onethread.list_heard_events(p_message public.whatsapp_message)
returns setof public.whatsapp_message_event
language sql
stable
rows 3
as $$
select e.*
from onethread.list_message_events(p_message) e
where case
  when e.kind in ('edited', 'revoked', 'reaction', 'vote') then onethread.is_event_heard(
    e, p_message,
    (select onethread.message_chat_keys(p_message)),
    (select onethread.message_author_keys(p_message)))
  else onethread.message_direction(p_message.direction) is distinct from 'inbound'
end
$$;

comment on function onethread.list_heard_events(public.whatsapp_message) is
  'What happened to this message, in no particular order: statuses of what the business sent; edits, '
  'deletes, reactions and votes of those whose affair they are (is_event_heard).';
