create or replace trigger zzz_onethread_identity_10_start
before insert on public.whatsapp_identity
for each row
when (
  (
    new.conversation_id is null
    or new.valid_from > '1970-01-01 00:00+00'
    or new.valid_until is not null
  )
  and onethread.can_write_business(new.business_id)
)
execute function onethread.bound_identity_start_trigger();
