-- What to call a conversation: the lead's name, the name the person shows, the address.
--
-- The shown name is looked for in the last few messages only, and mostly found in the first of
-- them: a thread in which nobody shows a name must not be read to its beginning.
create or replace function public.conversation_title(p_conversation public.whatsapp_conversation)
returns text
language plpgsql
stable
as $$
declare
  v_title text;
  v_message record;
begin
  select nullif(l.name, '') into v_title
  from public.lead l
  where l.business_id = p_conversation.business_id and l.id = p_conversation.lead_id;
  if v_title is not null then
    return v_title;
  end if;

  if p_conversation.kind = 'person' then
    for v_message in
      select m.sender_name, m.direction
      from public.whatsapp_message m
      where m.business_id = p_conversation.business_id
        and m.conversation_id = p_conversation.id
      order by m.sent_at desc, m.id desc
      limit 20
    loop
      if v_message.sender_name <> '' and public.message_direction(v_message.direction) = 'inbound'
      then
        return v_message.sender_name;
      end if;
    end loop;
  end if;

  return coalesce(
    (public.conversation_addresses(p_conversation.business_id, p_conversation.id))[1],
    p_conversation.canonical_key);
end;
$$;

comment on function public.conversation_title(public.whatsapp_conversation) is
  'Display name of a conversation; never used to find or join anybody.';
