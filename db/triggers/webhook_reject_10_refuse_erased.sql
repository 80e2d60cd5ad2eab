create or replace trigger webhook_reject_10_refuse_erased
before insert on public.webhook_reject
for each row
when (new.resolved_at is not null and public.can_write_business(new.business_id))
execute function public.refuse_erased_reject();
