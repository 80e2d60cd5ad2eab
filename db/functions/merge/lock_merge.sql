-- Hold a merge that is to be undone, or say why it cannot be.
create or replace function onethread.lock_merge(p_business_id bigint, p_merge_id bigint)
returns onethread.whatsapp_conversation_merge
language plpgsql
as $$
declare
  v_merge onethread.whatsapp_conversation_merge;
begin
  select m.* into v_merge
  from onethread.whatsapp_conversation_merge m
  where m.business_id = p_business_id and m.id = p_merge_id
  for update;
  if not found or v_merge.undone_at is not null then
    raise exception 'there is no merge % to undo in business %', p_merge_id, p_business_id
      using errcode = 'no_data_found',
        hint = 'whatsapp_conversation_merge lists them; one that is undone has undone_at, those of an '
          'erased person are gone.';
  end if;
  if v_merge.absorbed_key is null then
    raise exception 'cannot undo merge %: no identifier led to conversation %', p_merge_id,
      v_merge.absorbed_id
      using errcode = 'object_not_in_prerequisite_state',
        hint = 'Another program had made it for a person who had one; no message would follow it.';
  end if;
  if (v_merge.survivor_key, v_merge.survivor_at) = (v_merge.absorbed_key, v_merge.absorbed_at) then
    raise exception 'cannot undo merge %: both threads are of one phone, %',
      p_merge_id, (onethread.key_address(v_merge.survivor_key)).match_value
      using errcode = 'object_not_in_prerequisite_state',
        hint = 'A phone leads to one thread; onethread.split_identifier() parts it from a time on.';
  end if;
  if onethread.is_own_address(p_business_id, onethread.key_address(v_merge.survivor_key))
    or onethread.is_own_address(p_business_id, onethread.key_address(v_merge.absorbed_key))
  then
    raise exception 'cannot undo merge %: one of the two was a number of the business itself',
      p_merge_id
      using errcode = 'object_not_in_prerequisite_state',
        hint = 'Such a number is nobody; its messages are linked by their other side.';
  end if;
  return v_merge;
end;
$$;

comment on function onethread.lock_merge(bigint, bigint) is
  'The merge, locked. Raises P0002 when there is none with this id or it is undone already, 55000 '
  'when both threads are of one phone, one was of a number of the business itself, or no identifier led '
  'to the absorbed one.';
