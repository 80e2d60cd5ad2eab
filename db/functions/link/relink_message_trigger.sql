-- An UPDATE of a message's address, direction or lead links it again.
--
-- Not one that ends an answer, whoever sent it: it stays where it was written, though its address may
-- be somebody else's at the time that it was sent.
--
-- After the update, not before it: resolving may touch other messages (a merge), and a
-- statement must not change rows that its own trigger changes.
--
-- Called by the trigger whatsapp_message_20_relink.
create or replace function onethread.relink_message_trigger()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set jit = off
as $$
begin
  if not onethread.is_unsent(new.direction, old.status::text)
    or onethread.is_unsent(new.direction, new.status::text)
  then
    perform onethread.link_message_again(new);
  end if;
  return null;
end;
$$;

comment on function onethread.relink_message_trigger() is
  'AFTER UPDATE on whatsapp_message: sets conversation_id and identity_id anew from the address; an '
  'answer that ends stays in its thread.';
