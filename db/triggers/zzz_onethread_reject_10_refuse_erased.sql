create or replace trigger zzz_onethread_reject_10_refuse_erased
before insert on onethread.webhook_reject
for each row
when ((new.is_unread or new.resolved_at is not null) and onethread.can_write_business(new.business_id))
execute function onethread.drop_erased_reject_trigger();
