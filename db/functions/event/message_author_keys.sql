-- Who has written a message: the business, else the participant in a chat of many, else the
-- counterpart. By all names that the message itself says.
create or replace function onethread.message_author_keys(p_message public.whatsapp_message)
returns text[]
language plpgsql
stable
as $$
declare
  v_chat_keys text[];
begin
  if onethread.message_direction(p_message.direction) = 'outbound' then
    return '{business}';
  end if;
  v_chat_keys := onethread.message_chat_keys(p_message);
  if not onethread.is_chat_of_many(v_chat_keys) then
    return v_chat_keys;
  end if;
  return case when p_message.participant is null then '{}' else array(
    select onethread.address_key(a)
    from unnest(onethread.alias_addresses(
      p_message.business_id, p_message.participant || p_message.contact_aliases)) as a
  ) end;
end;
$$;

comment on function onethread.message_author_keys(public.whatsapp_message) is
  'business, or identifier_key()s of one person; empty when a chat of many names no participant.';
