-- An UPDATE of a message is a change for those who follow the inbox: it was edited in place, sent,
-- or moved to another conversation.
create or replace function onethread.stamp_change()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  new.changed_in := pg_current_xact_id()::text::bigint;
  return new;
end;
$$;

comment on function onethread.stamp_change() is
  'BEFORE UPDATE on whatsapp_message: sets changed_in, see list_changes().';
