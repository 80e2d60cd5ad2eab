create or replace trigger zzz_onethread_event_05_bound
before insert or update on public.whatsapp_message_event
for each row
execute function onethread.bound_event_times_trigger();
