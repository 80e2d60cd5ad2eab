-- Who writes, or was parted from a conversation and has messages, needs a conversation.
create or replace function onethread.add_missing_conversations(
  p_business_id bigint,
  p_plan onethread.whatsapp_identity_plan[],
  p_occasion onethread.occasion
)
returns onethread.whatsapp_identity_plan[]
language plpgsql
as $$
declare
  v_is_join boolean := onethread.has_join(p_plan);
  v_conversation_id bigint;
begin
  for v_epoch in 1..cardinality(p_plan) loop
    continue when p_plan[v_epoch].person is null
      or p_plan[v_epoch].conversation_id is not null
      or not (
        p_plan[v_epoch].key is not distinct from p_occasion.writer_key
          and p_plan[v_epoch].valid_from <= p_occasion.written_at
          and (
            p_plan[v_epoch].valid_until is null
            or p_plan[v_epoch].valid_until > p_occasion.written_at)
        or v_is_join and onethread.has_messages(p_business_id, p_plan, p_plan[v_epoch])
      );
    v_conversation_id := onethread.part_conversation(p_business_id, p_plan, p_plan[v_epoch]);
    for v_position in 1..cardinality(p_plan) loop
      if p_plan[v_position].person = p_plan[v_epoch].person then
        p_plan[v_position].conversation_id := v_conversation_id;
        p_plan[v_position].is_changed := true;
      end if;
    end loop;
  end loop;
  return p_plan;
end;
$$;

comment on function onethread.add_missing_conversations(
  bigint, onethread.whatsapp_identity_plan[], onethread.occasion) is
  'Creates a conversation for every person of the plan who has messages, or owns the writer''s key '
  'at that time, and has none; returns the plan with it.';
