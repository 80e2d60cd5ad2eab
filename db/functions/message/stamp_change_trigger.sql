-- An UPDATE of a message is a change for those who follow the inbox: it was edited in place, sent,
-- or moved to another conversation. And the times that it says are held to what can be, as on INSERT;
-- what it does not change is left as it is stored (and read by message_sent_at()).
--
-- Called by the trigger zzz_onethread_message_30_stamp.
create or replace function onethread.stamp_change_trigger()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  new.changed_in := pg_current_xact_id()::text::bigint;
  if new.created_at is distinct from old.created_at
    and not onethread.is_plausible_time(new.created_at)
  then
    new.created_at := onethread.plausible_time(old.created_at, now());
  end if;
  if new.sent_at is distinct from old.sent_at then
    if not onethread.is_plausible_time(new.sent_at) then
      new.sent_at := onethread.plausible_time(new.created_at, now());
    end if;
    -- Whoever says when it was sent need not be told by the backfill.
    new.is_backfill_pending := false;
  end if;
  new.send_after := onethread.storable_time(new.send_after);
  return new;
end;
$$;

comment on function onethread.stamp_change_trigger() is
  'BEFORE UPDATE on whatsapp_message: sets changed_in, see list_changes(), and replaces times that '
  'cannot be.';
