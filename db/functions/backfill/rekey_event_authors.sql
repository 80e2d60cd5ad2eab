-- Authors of edits, deletes and reactions by the phone functions of today: the trigger reads the text
-- again.
create or replace function onethread.rekey_event_authors()
returns void
language plpgsql
as $$
begin
  update public.whatsapp_message_event e
  set author_key = null
  where onethread.is_phone_key(e.author_key)
    and e.author_key is distinct from onethread.address_key(
      onethread.read_business_address(
        e.business_id, e.provider, coalesce(e.actor, e.address)));
end;
$$;

comment on function onethread.rekey_event_authors() is
  'Sets author_key of events whose author''s phone is read as another one now.';
