-- An UPDATE of a message's address, direction or lead links it again.
--
-- After the update, not before it: resolving may touch other messages one day (a merge), and a
-- statement must not change rows that its own trigger changes. The same message may already be
-- in the thread it now belongs to: then this row is kept as a duplicate of that one.
create or replace function public.relink_message()
returns trigger
language plpgsql
security definer
set search_path = public, pg_temp
as $$
declare
  v_resolved record := public.resolve_message(new);
begin
  update public.whatsapp_message m
  set conversation_id = v_resolved.conversation_id,
      identity_id = v_resolved.identity_id,
      duplicate_of = public.find_delivery(m, v_resolved.conversation_id)
  where m.business_id = new.business_id
    and m.id = new.id
    and (m.conversation_id, m.identity_id)
      is distinct from (v_resolved.conversation_id, v_resolved.identity_id);
  return null;
end;
$$;

comment on function public.relink_message() is
  'AFTER UPDATE on whatsapp_message: sets conversation_id and identity_id anew from the address.';
