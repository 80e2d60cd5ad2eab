create or replace trigger zzz_onethread_event_07_author
before insert or update on public.whatsapp_message_event
for each row
when (
  (new.kind in ('edited', 'revoked', 'reaction', 'vote') or new.author_key is not null)
  and onethread.can_write_business(new.business_id)
)
execute function onethread.read_event_author_trigger();
