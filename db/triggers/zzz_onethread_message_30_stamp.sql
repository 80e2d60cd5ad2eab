create or replace trigger zzz_onethread_message_30_stamp
before update on public.whatsapp_message
for each row
execute function onethread.stamp_change_trigger();
