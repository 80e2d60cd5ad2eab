-- Those events of a message that count: what the thread shows follows from them.
--
-- SQL, so that it is put in place of the call. Mostly nobody did anything to a message; then no acts are
-- walked over.
create or replace function onethread.list_heard_events(p_message public.whatsapp_message)
returns setof public.whatsapp_message_event
language sql
stable
rows 3
as $$
select e.*
from onethread.list_message_events(p_message) e
where onethread.message_direction(p_message.direction) is distinct from 'inbound'
  and onethread.act_author(e) collate "C" = ''
union all
select a.*
from onethread.list_heard_acts(p_message) a
where exists (
  select
  from public.whatsapp_message_event t
  where t.business_id = (select p_message.business_id)
    and t.provider_message_id = p_message.provider_message_id
    and length(t.provider_message_id) <= 255
    -- Hexadecimal digits. With bounds on both sides, because with one the planner would rather read
    -- through a small table that a flood fills.
    and onethread.act_author(t) collate "C" > ''
    and onethread.act_author(t) collate "C" < 'g'
)
$$;

comment on function onethread.list_heard_events(public.whatsapp_message) is
  'What happened to this message, in no particular order: statuses of what the business sent; of edits, '
  'deletes, reactions and votes of those whose affair they are (is_event_heard) the last of each.';
