-- An identity goes: its messages name none.
--
-- No foreign key: it would look up for every message what the link has just locked. Whoever deletes an
-- identity waits for the messages that are going in under it (link_message_trigger() holds it for share),
-- and they are seen here.
--
-- Called by the trigger whatsapp_identity_30_leave.
create or replace function onethread.leave_messages_trigger()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set jit = off
as $$
begin
  update public.whatsapp_message m
  set identity_id = null
  where m.business_id = old.business_id
    and m.identity_id = old.id;
  return null;
end;
$$;

comment on function onethread.leave_messages_trigger() is
  'AFTER DELETE on whatsapp_identity: its messages have no identity any more.';
