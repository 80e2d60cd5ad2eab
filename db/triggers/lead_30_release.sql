create or replace trigger lead_30_release
before delete on public.lead
for each row
when (public.can_write_business(old.business_id))
execute function public.release_lead();
