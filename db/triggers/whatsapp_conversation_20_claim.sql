create or replace trigger whatsapp_conversation_20_claim
after insert on public.whatsapp_conversation
for each row
when (pg_trigger_depth() = 0 and onethread.can_write_business(new.business_id))
execute function onethread.adopt_conversation_trigger();
