-- Before a conversation that was joined into another goes: the CRM's own tables follow.
--
-- Foreign keys that others have set on whatsapp_conversation, found in the catalog. Where the
-- other table does not take it (both conversations have such a row, and it allows one), the
-- conversation's row stays, nameless and empty, rather than that a message fails or something is
-- lost.
--
-- Called by the trigger zzz_onethread_conversation_30_repoint.
create or replace function onethread.repoint_references_trigger()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_survivor_id bigint;
  v_reference record;
begin
  select m.survivor_id into v_survivor_id
  from onethread.whatsapp_conversation_merge m
  where m.business_id = old.business_id
    and m.absorbed_id = old.id
    and m.undone_at is null
  order by m.id desc
  limit 1;
  if not found then
    return old;
  end if;

  for v_reference in
    select k.conrelid::regclass as table_name, quote_ident(a.attname) as column_name
    from pg_constraint k
    cross join lateral unnest(k.conkey, k.confkey) as pair (attnum, target)
    inner join pg_attribute a on a.attrelid = k.conrelid and a.attnum = pair.attnum
    inner join pg_attribute t on t.attrelid = k.confrelid and t.attnum = pair.target
    where k.contype = 'f'
      and k.confrelid = 'public.whatsapp_conversation'::regclass
      and t.attname = 'id'
      and k.conname not in (
        'whatsapp_identity_conversation_fkey', 'whatsapp_message_conversation_fkey')
  loop
    execute format(
      'update %s set %s = $1 where %2$s = $2',
      v_reference.table_name, v_reference.column_name)
    using v_survivor_id, old.id;
  end loop;
  return old;
exception when unique_violation or foreign_key_violation then
  update public.whatsapp_conversation c
  set canonical_key = null,
      lead_id = null
  where c.business_id = old.business_id
    and c.id = old.id;
  return null;
end;
$$;

comment on function onethread.repoint_references_trigger() is
  'BEFORE DELETE on whatsapp_conversation: rows of other tables that refer to an absorbed '
  'conversation are led to the surviving one.';
