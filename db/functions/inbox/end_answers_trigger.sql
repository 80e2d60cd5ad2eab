-- A conversation goes: what waits in its queue is not sent any more.
--
-- One that is joined into another has handed its messages over before.
--
-- Called by the trigger zzz_onethread_conversation_40_end.
create or replace function onethread.end_answers_trigger()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set jit = off
as $$
begin
  perform onethread.fail_answer(m, 'its conversation was deleted')
  from public.whatsapp_message m
  where m.business_id = old.business_id
    and m.conversation_id = old.id
    and m.status = 'queued'
    and onethread.is_unsent(m.direction, m.status::text);
  return old;
end;
$$;

comment on function onethread.end_answers_trigger() is
  'BEFORE DELETE on whatsapp_conversation: fails what is queued in it.';
