-- A program inserts a conversation itself, as it did before there was Onethread: let it.
--
-- Before: a key that is taken is not written, or the insert would fail. After: the conversation
-- becomes its person's if they have none. Onethread's own inserts come from inside a trigger, or
-- from the backfill, and are not meant (see the trigger's condition).
--
-- Called by the triggers whatsapp_conversation_20_claim and zzz_onethread_conversation_10_adopt.
create or replace function onethread.adopt_conversation_trigger()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  if tg_when = 'AFTER' then
    perform onethread.adopt_conversation(new.business_id, new.id, true);
    return null;
  end if;
  if not onethread.is_key_free(new.business_id, new.canonical_key, 0) then
    new.canonical_key := null;
  end if;
  return new;
end;
$$;

comment on function onethread.adopt_conversation_trigger() is
  'BEFORE and AFTER INSERT on whatsapp_conversation: a row that another program makes.';
