-- One question for each phone that ties nobody: it names the first two whom it would have tied.
create or replace function onethread.decide_shared_phones(
  p_state onethread.whatsapp_resolution,
  p_evidence public.whatsapp_identity_evidence[]
)
returns onethread.whatsapp_resolution
language plpgsql
immutable
parallel safe
as $$
declare
  v_shared record;
  v_evidence public.whatsapp_identity_evidence;
  v_person int;
  v_other int;
begin
  for v_shared in
    select s.phone, s.evidence_ids, s.account_keys from onethread.list_shared_phones(p_evidence) s
  loop
    v_person := onethread.node_person(p_state, v_shared.account_keys[1]);
    select onethread.node_person(p_state, a.key) into v_other
    from unnest(v_shared.account_keys) with ordinality as a (key, position)
    where onethread.node_person(p_state, a.key) <> v_person
    order by a.position
    limit 1;
    continue when v_other is null;
    select e.* into v_evidence
    from unnest(p_evidence) as e
    where e.id = v_shared.evidence_ids[1];
    p_state := onethread.add_conflict(
      p_state, v_evidence,
      format(
        'more than %s accounts were seen with %s: it ties nobody', onethread.identifier_cap(),
        (onethread.key_address(v_shared.phone)).match_value),
      v_person, v_other);
  end loop;
  return p_state;
end;
$$;

comment on function onethread.decide_shared_phones(
  onethread.whatsapp_resolution, public.whatsapp_identity_evidence[]) is
  'The state with a conflict for each of list_shared_phones().';
