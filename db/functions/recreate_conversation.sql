-- The row of a conversation that was merged away, as it was, under its id.
--
-- Without lead and canonical key, which follow from its identities (rekey_conversation).
create or replace function public.recreate_conversation(
  p_merge public.whatsapp_conversation_merge
)
returns void
language sql
as $$
insert into public.whatsapp_conversation (business_id, id, kind, created_at)
select p_merge.business_id, p_merge.absorbed_id, c.kind, c.created_at
from jsonb_populate_record(null::public.whatsapp_conversation, p_merge.absorbed) c
$$;

comment on function public.recreate_conversation(public.whatsapp_conversation_merge) is
  'Inserts the absorbed conversation of a merge again.';
