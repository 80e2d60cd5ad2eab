create or replace trigger zzz_onethread_message_05_shorten
before update on public.whatsapp_message
for each row
when (
  length(new.provider_message_id) > 255 or length(new.reply_to) > 255
  or length(new.participant) > 255
)
execute function onethread.shorten_ids_trigger();
