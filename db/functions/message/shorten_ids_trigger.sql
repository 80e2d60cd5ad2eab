-- Ids of any length can be stored, and are compared as a whole: comparable_id().
--
-- Not for a message that comes in: link_message_trigger() does it. Every INSERT would read the condition
-- of one more trigger from its text, which is a twelfth of all that it costs.
--
-- Called by the triggers zzz_onethread_message_05_shorten and zzz_onethread_event_03_shorten.
create or replace function onethread.shorten_ids_trigger()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  new.provider_message_id := onethread.comparable_id(new.provider_message_id);
  if tg_table_name = 'whatsapp_message' then
    new.reply_to := onethread.comparable_id(new.reply_to);
    new.participant := onethread.comparable_id(new.participant);
  end if;
  return new;
end;
$$;

comment on function onethread.shorten_ids_trigger() is
  'BEFORE UPDATE on whatsapp_message, BEFORE INSERT or UPDATE on whatsapp_message_event, where an id '
  'has more than 255 characters.';
