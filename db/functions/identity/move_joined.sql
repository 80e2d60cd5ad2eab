-- What a join or a parting moves, after the identities: the messages, what goes with an absorbed
-- conversation, and how far all of it has been read.
create or replace function onethread.move_joined(
  p_business_id bigint,
  p_plan onethread.whatsapp_identity_plan[],
  p_cause text[]
)
returns void
language plpgsql
as $$
declare
  v_conversation_ids bigint[];
  v_sent_at timestamptz[];
  v_message_ids bigint[];
begin
  select array_agg(r.conversation_id), array_agg(r.sent_at), array_agg(r.message_id)
  into v_conversation_ids, v_sent_at, v_message_ids
  from onethread.joined_read_marks(p_business_id, p_plan) as r
  where r.message_id is not null;

  perform onethread.lower_former_marks(p_business_id, p_plan);
  perform onethread.move_messages(p_business_id, p_plan);
  perform onethread.absorb_conversations(p_business_id, p_plan, p_cause);

  for v_position in 1..coalesce(cardinality(v_conversation_ids), 0) loop
    perform onethread.move_read_mark(
      p_business_id, v_conversation_ids[v_position], v_sent_at[v_position],
      v_message_ids[v_position]);
  end loop;
  perform onethread.settle_read_marks(p_business_id, onethread.planned_conversations(p_plan));
end;
$$;

comment on function onethread.move_joined(bigint, onethread.whatsapp_identity_plan[], text[]) is
  'move_messages(), absorb_conversations(), and the read marks of the conversations of the plan; '
  'cause: as write_identities().';
