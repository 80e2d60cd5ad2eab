create or replace trigger zzz_onethread_lead_20_renormalize
before update on public.lead
for each row
when (
  (new.phone, new.phone_match_value) is distinct from (old.phone, old.phone_match_value)
  and onethread.can_write_business(new.business_id)
)
execute function onethread.normalize_lead_phone_trigger();
