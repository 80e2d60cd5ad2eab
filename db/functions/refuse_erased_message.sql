-- A replay does not bring an erased person back: the row is not stored.
--
-- After link_message(), which leaves such a message unlinked: for a linked message of a person
-- the trigger's condition is all that this costs. In a group the participant must be looked up.
create or replace function public.refuse_erased_message()
returns trigger
language plpgsql
security definer
set search_path = public, pg_temp
as $$
begin
  return case when not public.names_erased(new) then new end;
end;
$$;

comment on function public.refuse_erased_message() is
  'BEFORE INSERT on whatsapp_message, after the link: drops a message that was sent before its '
  'person was erased. To the writer it looks like a message that is stored already.';
