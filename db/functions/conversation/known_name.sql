-- What the person of a conversation is called: the lead's name, else the name the person shows.
--
-- The shown name is looked for in the last few messages only, and mostly found in the first of
-- them: a thread in which nobody shows a name must not be read to its beginning.
-- A set of one row, so that the planner puts the query in place of a call for each line of the inbox.
create or replace function onethread.known_name(p_conversation public.whatsapp_conversation)
returns table (name text)
language sql
stable
rows 1
as $$
select coalesce(
  (
    select nullif(l.name, '')
    from public.lead l
    where l.business_id = p_conversation.business_id
      and l.id = p_conversation.lead_id
  ),
  case when p_conversation.kind = 'person' then (
    select recent.sender_name
    from (
      select m.sender_name, m.direction, m.sent_at, m.id
      from public.whatsapp_message m
      where m.business_id = p_conversation.business_id
        and m.conversation_id = p_conversation.id
      order by m.sent_at desc, m.id desc
      limit 10
    ) recent
    where recent.sender_name <> ''
      and onethread.message_direction(recent.direction) = 'inbound'
    order by recent.sent_at desc, recent.id desc
    limit 1
  ) end)
$$;

comment on function onethread.known_name(public.whatsapp_conversation) is
  'Name of the person for display, null when nobody gave one; never used to find or join anybody.';
