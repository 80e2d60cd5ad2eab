-- What to call a conversation: the lead's name, the name the person shows, the address.
--
-- The name is taken from the last few messages only: a thread in which nobody ever shows a name
-- must not be read to its beginning.
create or replace function public.conversation_title(p_conversation public.whatsapp_conversation)
returns text
language sql
stable
as $$
select coalesce(
  (
    select nullif(l.name, '')
    from public.lead l
    where l.business_id = p_conversation.business_id and l.id = p_conversation.lead_id
  ),
  (
    select nullif(m.sender_name, '')
    from (
      select m.sender_name, m.direction, m.sent_at, m.id
      from public.whatsapp_message m
      where m.business_id = p_conversation.business_id
        and m.conversation_id = p_conversation.id
      order by m.sent_at desc, m.id desc
      limit 20
    ) m
    where p_conversation.kind = 'person'
      and m.sender_name <> ''
      and public.message_direction(m.direction) = 'inbound'
    order by m.sent_at desc, m.id desc
    limit 1
  ),
  (public.conversation_addresses(p_conversation.business_id, p_conversation.id))[1],
  p_conversation.canonical_key
)
$$;

comment on function public.conversation_title(public.whatsapp_conversation) is
  'Display name of a conversation; never used to find or join anybody.';
