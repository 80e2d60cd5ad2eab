create or replace trigger whatsapp_message_15_refuse_erased
before insert on public.whatsapp_message
for each row
when (
  (new.conversation_id is null or new.participant is not null)
  and public.can_write_business(new.business_id)
)
execute function public.refuse_erased_message();
