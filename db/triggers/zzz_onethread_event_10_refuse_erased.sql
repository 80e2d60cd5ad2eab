create or replace trigger zzz_onethread_event_10_refuse_erased
before insert on public.whatsapp_message_event
for each row
when (
  (new.address is not null or new.actor is not null)
  and onethread.can_write_business(new.business_id)
)
execute function onethread.drop_erased_event_trigger();
