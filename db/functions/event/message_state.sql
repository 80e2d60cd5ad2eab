-- What a message has become: its current text, status and reactions.
--
-- Everything follows from the set of events, whatever order they arrived in (event_state).
-- SQL that returns a table, so that it is put in place of the call: to begin a query for each message of
-- a page took as long as the rest of the page.
create or replace function onethread.message_state(p_message public.whatsapp_message)
returns table (
  body text,
  original_body text,
  edited_at timestamptz,
  revoked_at timestamptz,
  deleted_at timestamptz,
  deleted_by text,
  status text,
  status_at timestamptz,
  reactions jsonb
)
language sql
stable
rows 1
as $$
select s.*
from onethread.event_state(
  p_message,
  array(
    select e
    from onethread.list_heard_events(p_message) e
    order by
      e.is_time_known, e.occurred_at, e.provider_event_id collate "C", e.body collate "C", e.id
  )) s
$$;

comment on function onethread.message_state(public.whatsapp_message) is
  'Current text (null when its author deleted it), the original when it was edited; when and by whom '
  'else it was deleted in a group (business, or an address); the furthest status and when it was '
  'reached, and reactions and votes [{emoji or vote, actor, at}] or null.';
