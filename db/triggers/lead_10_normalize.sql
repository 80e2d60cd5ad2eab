create or replace trigger lead_10_normalize
before insert or update of phone, phone_match_value on public.lead
for each row
when (onethread.can_write_business(new.business_id))
execute function onethread.normalize_lead_phone();
