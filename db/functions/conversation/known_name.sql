-- What a conversation is called: by the lead, else by the business's own address book, else as the person
-- shows it, or by a username; a group by its subject.
--
-- The shown name is looked for in the last few messages of the person only, and mostly found in the first
-- of them: a thread in which nobody shows a name must not be read to its beginning. A name of
-- contact_name is that of whoever had the identifier when it was given.
-- A set of one row, so that the planner puts the query in place of a call for each line of the inbox.
create or replace function onethread.known_name(p_conversation public.whatsapp_conversation)
returns table (name text)
language sql
stable
rows 1
as $$
select coalesce(
  (
    select onethread.visible_name(l.name::text)
    from public.lead l
    where l.business_id = p_conversation.business_id
      and l.id = p_conversation.lead_id
  ),
  (
    select onethread.visible_name(n.name)
    from public.whatsapp_identity i
    inner join onethread.contact_name n
      on n.business_id = i.business_id
      and n.key = i.kind || ':' || i.scope || ':' || i.match_value
      and n.source = 'book'
    where i.business_id = p_conversation.business_id
      and i.conversation_id = p_conversation.id
      and n.told_at >= i.valid_from
      and (i.valid_until is null or n.told_at < i.valid_until)
      and onethread.visible_name(n.name) is not null
    order by i.is_current desc, n.told_at desc, n.key
    limit 1
  ),
  case when p_conversation.kind = 'person' then (
    select onethread.visible_name(recent.sender_name)
    from (
      select m.sender_name::text as sender_name, m.sent_at, m.id
      from public.whatsapp_message m
      where m.business_id = p_conversation.business_id
        and m.conversation_id = p_conversation.id
        and lower(m.direction) in ('in', 'inbound', 'incoming', 'received')
        and m.duplicate_of is null
      order by m.sent_at desc, m.id desc
      limit 10
    ) recent
    where onethread.visible_name(recent.sender_name) is not null
    order by recent.sent_at desc, recent.id desc
    limit 1
  ) end,
  (
    select case n.source
      when 'username' then '@' || ltrim(onethread.visible_name(n.name), '@')
      else onethread.visible_name(n.name) end
    from public.whatsapp_identity i
    inner join onethread.contact_name n
      on n.business_id = i.business_id
      and n.key = i.kind || ':' || i.scope || ':' || i.match_value
    where i.business_id = p_conversation.business_id
      and i.conversation_id = p_conversation.id
      and n.told_at >= i.valid_from
      and (i.valid_until is null or n.told_at < i.valid_until)
      and onethread.visible_name(n.name) is not null
    order by n.source = 'username', i.is_current desc, n.told_at desc, n.key
    limit 1
  ))
$$;

comment on function onethread.known_name(public.whatsapp_conversation) is
  'Name of the person or group for display, null when nobody gave one; never used to find or join '
  'anybody.';
