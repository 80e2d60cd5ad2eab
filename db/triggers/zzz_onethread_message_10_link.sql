create or replace trigger zzz_onethread_message_10_link
before insert on public.whatsapp_message
for each row
when (onethread.can_write_business(new.business_id))
execute function onethread.link_message_trigger();
