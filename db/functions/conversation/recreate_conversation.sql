-- Take a merge out of the log: its absorbed conversation has its row and its id again.
--
-- With the columns that a CRM may have besides; without lead and canonical key, which follow from its
-- identities (rekey_conversation). Those the caller points to it, with the messages that are linked by
-- an identity.
create or replace function onethread.recreate_conversation(
  p_merge onethread.whatsapp_conversation_merge
)
returns void
language plpgsql
as $$
begin
  update onethread.whatsapp_conversation_merge g
  set undone_at = clock_timestamp()
  where g.business_id = p_merge.business_id
    and g.id = p_merge.id
    and g.undone_at is null;
  insert into public.whatsapp_conversation
  select c.*
  from jsonb_populate_record(
    null::public.whatsapp_conversation,
    p_merge.absorbed || '{"lead_id": null, "canonical_key": null}') c;
  update public.whatsapp_message m
  set conversation_id = p_merge.absorbed_id
  where m.business_id = p_merge.business_id
    and m.id = any (p_merge.message_ids)
    and m.identity_id is null;
end;
$$;

comment on function onethread.recreate_conversation(onethread.whatsapp_conversation_merge) is
  'Marks a merge as undone, inserts its absorbed conversation again, and returns to it the messages '
  'that have no identity.';
