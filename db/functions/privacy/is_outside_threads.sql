-- Does a message stand in no person's thread? It is in none at all, or in a group's with its author beside.
create or replace function onethread.is_outside_threads(p_message public.whatsapp_message)
returns boolean
language plpgsql
stable
as $$
begin
  return p_message.conversation_id is null
    or p_message.participant is not null
    or p_message.contact_aliases is not null and exists (
      select
      from public.whatsapp_conversation c
      where c.business_id = p_message.business_id
        and c.id = p_message.conversation_id
        and c.kind <> 'person'
    );
end;
$$;

comment on function onethread.is_outside_threads(public.whatsapp_message) is
  'True for a message that is not linked, and for one in a group that names who wrote it: not by its '
  'conversation, but by its addresses it is a person''s.';
