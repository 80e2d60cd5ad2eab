-- An edit or a delete that names neither author nor chat, and may be believed all the same: the
-- author of the one message that has the id is the only one who can be meant.
--
-- Some gateways hand over only what stands inside an edit. Whoever sends one writes that himself: so
-- it never touches what the business has said, nor a group, where everybody sees every id, nor what
-- came through a list, which others have received under the same id.
create or replace function onethread.is_unsigned_event(
  p_event public.whatsapp_message_event,
  p_message public.whatsapp_message
)
returns boolean
language plpgsql
stable
as $$
begin
  return p_event.author_key is null
    and p_event.kind in ('edited', 'revoked')
    and p_event.address is null
    and p_event.actor is null
    and p_message.list_address is null
    and onethread.message_direction(p_message.direction) = 'inbound'
    and exists (
      select
      from public.whatsapp_conversation c
      where c.business_id = p_message.business_id
        and c.id = p_message.conversation_id
        and c.kind = 'person'
    )
    and not exists (select from onethread.list_namesakes(p_message, null));
end;
$$;

comment on function onethread.is_unsigned_event(
  public.whatsapp_message_event, public.whatsapp_message) is
  'True for an edit or a delete without author and chat of an inbound message of a person, when no '
  'other thread has its id and it came through no list.';
