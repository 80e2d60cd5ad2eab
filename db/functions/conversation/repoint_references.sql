-- A conversation was joined into another: rows of other programs' tables follow, as far as these tables
-- take it, and the log says which.
create or replace function onethread.repoint_references(
  p_merge onethread.whatsapp_conversation_merge
)
returns void
language plpgsql
as $$
declare
  v_absorbed public.whatsapp_conversation;
  v_survivor public.whatsapp_conversation;
  v_reference record;
  v_keys jsonb;
  v_repointed jsonb := '[]';
begin
  select c.* into v_absorbed
  from public.whatsapp_conversation c
  where c.business_id = p_merge.business_id and c.id = p_merge.absorbed_id
  -- Nobody comes to refer to it any more.
  for update;
  select c.* into v_survivor
  from public.whatsapp_conversation c
  where c.business_id = p_merge.business_id and c.id = p_merge.survivor_id;

  for v_reference in select r.relation, r.name from onethread.conversation_references() r loop
    v_keys := onethread.move_references(
      v_reference.relation, v_reference.name, v_absorbed, v_survivor, null);
    if v_keys is distinct from '[]' then
      v_repointed := v_repointed || jsonb_build_object(
        'table', v_reference.relation::text, 'constraint', v_reference.name,
        'is_moved', v_keys is not null, 'keys', coalesce(v_keys, '[]'));
    end if;
  end loop;
  update onethread.whatsapp_conversation_merge g
  set repointed = v_repointed
  where g.business_id = p_merge.business_id
    and g.id = p_merge.id
    and v_repointed <> '[]';
end;
$$;

comment on function onethread.repoint_references(onethread.whatsapp_conversation_merge) is
  'Rows of other tables that refer to the absorbed conversation of a merge are led to the survivor, '
  'and written into the merge''s repointed.';
