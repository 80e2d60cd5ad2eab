create or replace trigger zzz_onethread_lead_30_release
before delete on public.lead
for each row
when (onethread.can_write_business(old.business_id))
execute function onethread.release_lead_trigger();
