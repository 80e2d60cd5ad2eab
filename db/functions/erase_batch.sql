-- A batch of the step that an erasure is at.
create or replace function public.erase_batch(p_erasure public.erasure, p_batch_size int)
returns public.erased_count
language plpgsql
as $$
begin
  return case p_erasure.step
    when 'messages' then public.erase_messages(
      p_erasure.business_id, p_erasure.conversation_ids, p_batch_size)
    when 'traces' then public.erase_message_traces(
      p_erasure.business_id, p_erasure.keys, p_erasure.after_id, p_batch_size)
    when 'events' then public.erase_event_traces(
      p_erasure.business_id, p_erasure.keys, p_erasure.after_id, p_batch_size)
    when 'evidence' then public.erase_evidence_traces(
      p_erasure.business_id, p_erasure.keys, p_erasure.after_id, p_batch_size)
    when 'conversations' then public.erase_conversation_traces(
      p_erasure.business_id, p_erasure.keys, p_erasure.after_id, p_batch_size)
    when 'rejects' then public.erase_reject_traces(
      p_erasure.business_id, p_erasure.keys, p_erasure.after_id, p_batch_size)
  end;
end;
$$;

comment on function public.erase_batch(public.erasure, int) is
  'Deletes or looks at so many rows of the table that the step is about.';
