create or replace trigger zzz_onethread_conversation_10_adopt
before insert on public.whatsapp_conversation
for each row
when (pg_trigger_depth() = 0 and onethread.can_write_business(new.business_id))
execute function onethread.adopt_conversation_trigger();
