create or replace trigger zzz_onethread_lead_10_normalize
before insert on public.lead
for each row
when (onethread.can_write_business(new.business_id))
execute function onethread.normalize_lead_phone_trigger();
