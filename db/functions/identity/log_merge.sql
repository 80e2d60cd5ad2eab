-- Write down that a conversation was joined into another, with what the undo has to know.
create or replace function onethread.log_merge(
  p_business_id bigint,
  p_absorbed record,
  p_cause public.whatsapp_identity_evidence,
  p_message_ids bigint[]
)
returns onethread.whatsapp_conversation_merge
language plpgsql
as $$
declare
  v_merge onethread.whatsapp_conversation_merge;
begin
  insert into onethread.whatsapp_conversation_merge (
    business_id, survivor_id, absorbed_id, reason, evidence_id, survivor_key, survivor_at,
    absorbed_key, absorbed_at, absorbed, identity_ids, message_ids, survivor_read_at,
    survivor_read_id, absorbed_read_at, absorbed_read_id
  )
  select
    p_business_id, p_absorbed.survivor_id, c.id,
    coalesce(p_cause.relation || ' (' || p_cause.source || ')', p_cause.relation, 'evidence'),
    p_cause.id, p_absorbed.survivor_key, p_absorbed.survivor_at, p_absorbed.absorbed_key,
    p_absorbed.absorbed_at, to_jsonb(c), p_absorbed.identity_ids, p_message_ids, s.sent_at,
    s.message_id, r.sent_at, r.message_id
  from public.whatsapp_conversation c
  left join onethread.conversation_read s
    on s.business_id = c.business_id and s.conversation_id = p_absorbed.survivor_id
  left join onethread.conversation_read r
    on r.business_id = c.business_id and r.conversation_id = c.id
  where c.business_id = p_business_id
    and c.id = p_absorbed.absorbed_id
  returning * into v_merge;
  return v_merge;
end;
$$;

comment on function onethread.log_merge(
  bigint, record, public.whatsapp_identity_evidence, bigint[]) is
  'Inserts a row of absorbed_conversations() into whatsapp_conversation_merge; returns it.';
