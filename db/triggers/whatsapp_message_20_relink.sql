create or replace trigger whatsapp_message_20_relink
after update on public.whatsapp_message
for each row
when (
  -- Not when it still waits for the backfill, which comes to it, and says when it was sent.
  not old.is_backfill_pending
  and (new.from_number, new.to_number, new.direction, new.lead_id, new.contact_aliases,
    new.provider, new.participant, new.sent_at)
    is distinct from
    (old.from_number, old.to_number, old.direction, old.lead_id, old.contact_aliases, old.provider,
      old.participant, old.sent_at)
)
execute function onethread.relink_message_trigger();
