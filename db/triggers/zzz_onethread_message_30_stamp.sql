create or replace trigger zzz_onethread_message_30_stamp
before update on public.whatsapp_message
for each row
when (
  -- Not for a message that is only moved, by somebody who says in which transaction.
  new.changed_in is distinct from pg_current_xact_id()::text::bigint
  or (new.created_at, new.sent_at, new.send_after, new.status, new.direction)
    is distinct from
    (old.created_at, old.sent_at, old.send_after, old.status, old.direction)
)
execute function onethread.stamp_change_trigger();
