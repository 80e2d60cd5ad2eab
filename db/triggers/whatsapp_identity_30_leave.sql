create or replace trigger whatsapp_identity_30_leave
after delete on public.whatsapp_identity
for each row
when (onethread.can_write_business(old.business_id))
execute function onethread.leave_messages_trigger();
