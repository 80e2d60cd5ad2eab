-- A batch of the step that an erasure is at.
create or replace function onethread.erase_batch(p_erasure onethread.erasure, p_batch_size int)
returns onethread.erased_count
language plpgsql
as $$
begin
  return case p_erasure.step
    when 'messages' then onethread.erase_messages(
      p_erasure.business_id, p_erasure.conversation_ids, p_batch_size)
    when 'traces' then onethread.erase_message_traces(
      p_erasure.business_id, p_erasure.keys, p_erasure.after_id, p_batch_size)
    when 'events' then onethread.erase_event_traces(
      p_erasure.business_id, p_erasure.keys, p_erasure.after_id, p_batch_size)
    when 'evidence' then onethread.erase_evidence_traces(p_erasure, p_batch_size)
    when 'reasons' then onethread.erase_reason_traces(p_erasure, p_batch_size)
    when 'conversations' then onethread.erase_conversation_traces(
      p_erasure.business_id, p_erasure.keys, p_erasure.after_id, p_batch_size)
    when 'rejects' then onethread.erase_reject_traces(p_erasure, p_batch_size)
  end;
end;
$$;

comment on function onethread.erase_batch(onethread.erasure, int) is
  'Deletes or looks at so many rows of the table that the step is about.';
