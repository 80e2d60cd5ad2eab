create or replace trigger zzz_onethread_identity_10_start
before insert on public.whatsapp_identity
for each row
when (onethread.can_write_business(new.business_id))
execute function onethread.bound_identity_start_trigger();
