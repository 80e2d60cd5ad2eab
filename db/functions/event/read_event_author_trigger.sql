-- An edit, a delete, a reaction or a vote is stored with its author, as the envelope names them. A status has
-- none.
--
-- A key, and not an identity: who somebody is may become known later, and be taken back. In a chat of
-- many the chat is nobody, and without an actor there is no author.
--
-- Called by the trigger zzz_onethread_event_07_author.
create or replace function onethread.read_event_author_trigger()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set jit = off
as $$
declare
  v_author onethread.whatsapp_address;
begin
  if new.kind not in ('edited', 'revoked', 'reaction', 'vote') then
    new.author_key := null;
  elsif new.is_from_business then
    new.author_key := 'business';
  else
    v_author := onethread.read_business_address(
      new.business_id, new.provider, coalesce(new.actor, new.address));
    new.author_key := case when v_author.kind not in ('group', 'broadcast', 'newsletter')
      then onethread.address_key(v_author) end;
  end if;
  return new;
end;
$$;

comment on function onethread.read_event_author_trigger() is
  'BEFORE INSERT or UPDATE on whatsapp_message_event: sets author_key.';
