-- A join is undone: rows of other programs' tables that came with the absorbed conversation go back to
-- it, if they still refer to where it was.
--
-- What was written since stays, and what a table does not take.
create or replace function onethread.return_references(
  p_merge onethread.whatsapp_conversation_merge,
  p_root_id bigint
)
returns void
language plpgsql
as $$
declare
  v_absorbed public.whatsapp_conversation;
  v_root public.whatsapp_conversation;
  v_entry jsonb;
  v_keys jsonb;
  v_repointed jsonb := '[]';
begin
  if p_merge.repointed = '[]' then
    return;
  end if;
  select c.* into v_absorbed
  from public.whatsapp_conversation c
  where c.business_id = p_merge.business_id and c.id = p_merge.absorbed_id;
  select c.* into v_root
  from public.whatsapp_conversation c
  where c.business_id = p_merge.business_id and c.id = p_root_id;

  for v_entry in select e.value from jsonb_array_elements(p_merge.repointed) as e loop
    v_keys := null;
    if v_entry -> 'keys' <> '[]' then
      v_keys := onethread.move_references(
        to_regclass(v_entry ->> 'table'), (v_entry ->> 'constraint')::name, v_root, v_absorbed,
        v_entry -> 'keys');
    end if;
    v_repointed := v_repointed || (
      v_entry - 'keys' || jsonb_build_object(
        'moved', jsonb_array_length(v_entry -> 'keys'),
        'returned', coalesce(jsonb_array_length(v_keys), 0)));
  end loop;
  update onethread.whatsapp_conversation_merge g
  set repointed = v_repointed
  where g.business_id = p_merge.business_id and g.id = p_merge.id;
end;
$$;

comment on function onethread.return_references(onethread.whatsapp_conversation_merge, bigint) is
  'Leads the rows in the merge''s repointed from the root back to the absorbed conversation, which has '
  'its row again; the log keeps their number.';
