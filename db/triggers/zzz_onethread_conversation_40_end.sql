create or replace trigger zzz_onethread_conversation_40_end
before delete on public.whatsapp_conversation
for each row
when (onethread.can_write_business(old.business_id))
execute function onethread.end_answers_trigger();
