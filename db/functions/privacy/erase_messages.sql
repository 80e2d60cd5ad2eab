-- A batch of the messages of an erased person's conversations.
create or replace function onethread.erase_messages(
  p_business_id bigint,
  p_conversation_ids bigint[],
  p_batch_size int
)
returns onethread.erased_count
language plpgsql
as $$
declare
  v_count onethread.erased_count;
  v_ids bigint[] := array(
    select m.id
    from unnest(p_conversation_ids) as c (id)
    cross join lateral (
      select m.id
      from public.whatsapp_message m
      where m.business_id = p_business_id and m.conversation_id = c.id
      order by m.sent_at, m.id
      limit p_batch_size
    ) m
    limit p_batch_size);
begin
  select d.messages, d.events into v_count.messages, v_count.events
  from onethread.delete_messages(p_business_id, v_ids) as d;
  v_count.last_id := nullif(v_count.messages, 0);
  return v_count;
end;
$$;

comment on function onethread.erase_messages(bigint, bigint[], int) is
  'Deletes up to so many messages of the conversations (and their copies) with their events; '
  'last_id is null when there was none.';
