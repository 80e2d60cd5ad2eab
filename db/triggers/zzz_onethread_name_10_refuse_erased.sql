create or replace trigger zzz_onethread_name_10_refuse_erased
before insert on onethread.contact_name
for each row
when (onethread.can_write_business(new.business_id))
execute function onethread.drop_erased_name_trigger();
