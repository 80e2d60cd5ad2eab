-- An UPDATE of a message is a change for those who follow the inbox: it was edited in place, sent,
-- or moved to another conversation. And the times that it says are held to what can be, as on INSERT;
-- what it does not change is left as it is stored (and read by message_sent_at()).
--
-- An answer that is no longer to be sent stays in the thread it was written in, also when its address
-- was somebody else's at that time: then no identity moves it. Nor one that others hold, who would not
-- see that it is one of theirs to move: note_sent_message() waits for them first, a program's own UPDATE
-- has the row already and must not.
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
  if onethread.is_unsent(old.direction, old.status::text)
    and not onethread.is_unsent(new.direction, new.status::text)
    and not exists (
      select
      from public.whatsapp_identity i
      where i.business_id = new.business_id
        and i.id = new.identity_id
        and i.conversation_id = new.conversation_id
        and new.sent_at >= i.valid_from
        and (i.valid_until is null or new.sent_at < i.valid_until)
      for share skip locked
    )
  then
    new.identity_id := null;
  end if;
  return new;
end;
$$;

comment on function onethread.stamp_change_trigger() is
  'BEFORE UPDATE on whatsapp_message: sets changed_in, see list_changes(), replaces times that cannot '
  'be, and parts an answer that was sent or failed from an identity that is not its thread''s then.';
