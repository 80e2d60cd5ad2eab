-- Give conversations that were merged into this one their rows again, and their persons' identities.
--
-- The one whose merge is undone, and others that came into the root through it. When several are one
-- person's, or the root's, the rule joins them again afterwards.
create or replace function onethread.part_merged(
  p_business_id bigint,
  p_root_id bigint,
  p_merge onethread.whatsapp_conversation_merge,
  p_state onethread.whatsapp_resolution
)
returns void
language plpgsql
as $$
declare
  v_side record;
  v_root_person int;
  v_merge_ids bigint[];
  v_persons int[];
  v_conversation_ids bigint[];
begin
  for v_side in
    select s.merge, s.survivor, s.absorbed
    from onethread.merge_sides(p_business_id, p_root_id, p_merge, p_state) s
    order by (s.merge).id
  loop
    if (v_side.merge).survivor_id = p_root_id then
      v_root_person := coalesce(v_root_person, v_side.survivor);
    end if;
    if (v_side.merge).id = p_merge.id or v_side.survivor <> v_side.absorbed then
      perform onethread.recreate_conversation(v_side.merge);
      v_merge_ids := v_merge_ids || (v_side.merge).id;
      v_persons := v_persons || v_side.absorbed;
      v_conversation_ids := v_conversation_ids || (v_side.merge).absorbed_id;
    end if;
  end loop;

  perform onethread.follow_identities(
    p_business_id,
    onethread.part_identities(
      p_business_id, p_root_id, p_merge.id, p_state, v_merge_ids, v_persons, v_root_person));
  perform onethread.settle_read_marks(p_business_id, p_root_id || v_conversation_ids);
end;
$$;

comment on function onethread.part_merged(
  bigint, bigint, onethread.whatsapp_conversation_merge, onethread.whatsapp_resolution) is
  'Re-creates the absorbed conversation of a merge, and those of merge_sides() that are two persons '
  'now, and points to them what is their persons'', with the messages and the read marks.';
