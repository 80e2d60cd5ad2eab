-- Put a stored message where its address leads now.
--
-- The same message may already be in the thread it now belongs to: then this row is kept as a
-- duplicate of that one. Copies of it that were marked stay where they are, and one of them counts
-- now; a copy that is none any more counts for itself. An answer that is still to be sent stays in
-- its thread, whatever its address.
create or replace function onethread.link_message_again(p_message public.whatsapp_message)
returns void
language plpgsql
as $$
declare
  v_resolved record;
begin
  if p_message.conversation_id is not null and onethread.is_unsent(
    p_message.direction, p_message.status::text)
  then
    v_resolved := onethread.link_answer(p_message);
  else
    v_resolved := onethread.resolve_message(p_message);
  end if;
  update public.whatsapp_message m
  set conversation_id = v_resolved.conversation_id,
      identity_id = v_resolved.identity_id,
      duplicate_of = onethread.find_delivery(m, v_resolved.conversation_id)
  where m.business_id = p_message.business_id
    and m.id = p_message.id
    and (m.conversation_id, m.identity_id)
      is distinct from (v_resolved.conversation_id, v_resolved.identity_id);
  if found and p_message.sender_name is not null then
    perform onethread.record_shown_names(p_message.business_id, array[p_message.id]);
  end if;
  if p_message.duplicate_of is not null or exists (
    select
    from public.whatsapp_message d
    where d.business_id = p_message.business_id and d.duplicate_of = p_message.id
  ) then
    perform onethread.settle_duplicates(p_message.business_id, array[p_message.id]);
  end if;
end;
$$;

comment on function onethread.link_message_again(public.whatsapp_message) is
  'Sets conversation_id and identity_id of a stored message anew from its address, and settles its '
  'copies.';
