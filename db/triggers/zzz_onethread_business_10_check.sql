create or replace trigger zzz_onethread_business_10_check
before insert or update on public.business
for each row
when (new.default_region is not null or new.time_zone::text <> 'UTC')
execute function onethread.check_business_trigger();
