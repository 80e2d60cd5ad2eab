create or replace trigger zzz_onethread_event_03_shorten
before insert or update on public.whatsapp_message_event
for each row
when (length(new.provider_message_id) > 255)
execute function onethread.shorten_ids_trigger();
