-- Give conversations that were merged into this one their rows again, and their persons' identities.
--
-- The one whose merge is undone, and others that came into the root through it. Each gets the
-- identifier that stood for it, then what came with it; what else is a parted person's goes with the
-- first of them. When several are one person's, or the root's, the rule joins them again afterwards.
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
  v_identity record;
  v_conversation_id bigint;
  v_moved_ids bigint[] := '{}';
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
    end if;
  end loop;

  for v_identity in
    select i.id, k.key, onethread.identifier_person(p_state, k.key, i.valid_from) as person
    from public.whatsapp_identity i
    cross join lateral onethread.identity_key(i) as k (key)
    where i.business_id = p_business_id and i.conversation_id = p_root_id
  loop
    select g.absorbed_id into v_conversation_id
    from unnest(v_merge_ids, v_persons) as p (merge_id, person)
    inner join onethread.whatsapp_conversation_merge g
      on g.business_id = p_business_id and g.id = p.merge_id
    where p.person = v_identity.person
      and (
        g.absorbed_key = v_identity.key
        or v_identity.id = any (g.identity_ids)
        or p.person <> v_root_person
      )
    order by
      g.absorbed_key <> v_identity.key, v_identity.id <> all (g.identity_ids), g.id <> p_merge.id,
      g.id
    limit 1;
    continue when not found;
    update public.whatsapp_identity i
    set conversation_id = v_conversation_id
    where i.business_id = p_business_id and i.id = v_identity.id;
    v_moved_ids := v_moved_ids || v_identity.id;
  end loop;
  perform onethread.follow_identities(p_business_id, v_moved_ids);
end;
$$;

comment on function onethread.part_merged(
  bigint, bigint, onethread.whatsapp_conversation_merge, onethread.whatsapp_resolution) is
  'Re-creates the absorbed conversation of a merge, and those of merge_sides() that are two persons '
  'now, and points to them what is their persons'', with the messages.';
