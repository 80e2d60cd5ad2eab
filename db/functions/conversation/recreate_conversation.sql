-- Take a merge out of the log: its absorbed conversation has its row and its id again.
--
-- With the columns that a CRM may have besides; without lead and canonical key, which follow from its
-- identities (rekey_conversation). Those the caller points to it, with the messages that are linked by
-- an identity; then settle_read_marks(). The row is there still when a table of the CRM's had not let
-- it go: then it is taken up again as it is now.
create or replace function onethread.recreate_conversation(
  p_merge onethread.whatsapp_conversation_merge
)
returns void
language plpgsql
as $$
declare
  v_root_id bigint;
  v_columns text := (
    select string_agg(quote_ident(a.attname), ', ' order by a.attnum)
    from pg_attribute a
    where a.attrelid = 'public.whatsapp_conversation'::regclass
      and a.attnum > 0
      and not a.attisdropped
      and a.attgenerated = ''
      -- A column that is younger than the merge gets its default.
      and p_merge.absorbed ? a.attname
  );
begin
  update onethread.whatsapp_conversation_merge g
  set undone_at = clock_timestamp()
  where g.business_id = p_merge.business_id
    and g.id = p_merge.id
    and g.undone_at is null;
  v_root_id := onethread.find_conversation_by_id(p_merge.business_id, p_merge.survivor_id);

  execute format(
    'insert into public.whatsapp_conversation (%1$s) overriding system value '
    'select %1$s from jsonb_populate_record(null::public.whatsapp_conversation, $1) '
    'on conflict (business_id, id) do update set lead_id = null, canonical_key = null',
    v_columns)
  using p_merge.absorbed || '{"lead_id": null, "canonical_key": null}';
  update public.whatsapp_message m
  set conversation_id = p_merge.absorbed_id
  where m.business_id = p_merge.business_id
    and m.id = any (p_merge.message_ids)
    and m.identity_id is null
    -- Not one that left the thread since, for nobody's or another's.
    and m.conversation_id = v_root_id;

  insert into onethread.conversation_read (business_id, conversation_id, sent_at, message_id)
  select r.business_id, p_merge.absorbed_id, r.sent_at, r.message_id
  from onethread.conversation_read r
  where r.business_id = p_merge.business_id
    and r.conversation_id = v_root_id
  on conflict (business_id, conversation_id) do nothing;
  perform onethread.return_references(p_merge, v_root_id);
end;
$$;

comment on function onethread.recreate_conversation(onethread.whatsapp_conversation_merge) is
  'Marks a merge as undone, inserts its absorbed conversation again or takes up the row that stayed, '
  'and returns to it the messages that have no identity and the rows of other tables that came with '
  'it.';
