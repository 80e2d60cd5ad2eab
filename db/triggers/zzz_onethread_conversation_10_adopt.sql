create or replace trigger zzz_onethread_conversation_10_adopt
before insert on public.whatsapp_conversation
for each row
when (
  coalesce(new.canonical_key, new.lead_id::text) is not null
  and pg_trigger_depth() = 0
  and current_setting('onethread.is_internal', true) is distinct from 'on'
  and onethread.can_write_business(new.business_id)
)
execute function onethread.adopt_conversation_trigger();
