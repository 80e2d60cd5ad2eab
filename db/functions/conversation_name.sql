-- What the person of a conversation is called: the lead's name, else the name the person shows.
--
-- The shown name is looked for in the last few messages only, and mostly found in the first of
-- them: a thread in which nobody shows a name must not be read to its beginning.
create or replace function public.conversation_name(p_conversation public.whatsapp_conversation)
returns text
language plpgsql
stable
as $$
declare
  v_message record;
  v_name text := (
    select nullif(l.name, '')
    from public.lead l
    where l.business_id = p_conversation.business_id and l.id = p_conversation.lead_id
  );
begin
  if v_name is not null or p_conversation.kind <> 'person' then
    return v_name;
  end if;

  for v_message in
    select m.sender_name, m.direction
    from public.whatsapp_message m
    where m.business_id = p_conversation.business_id
      and m.conversation_id = p_conversation.id
    order by m.sent_at desc, m.id desc
    limit 10
  loop
    if v_message.sender_name <> '' and public.message_direction(v_message.direction) = 'inbound'
    then
      return v_message.sender_name;
    end if;
  end loop;
  return null;
end;
$$;

comment on function public.conversation_name(public.whatsapp_conversation) is
  'Name of the person for display, null when nobody gave one; never used to find or join anybody.';
