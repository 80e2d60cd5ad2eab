-- Last step of the rule: what says "one person" of two identifiers of whom a human had said "two".
--
-- It joins nobody (order_evidence() and list_phone_spellings() have left it out), and is a question when
-- it was seen after the human's word.
create or replace function onethread.decide_contradictions(
  p_state onethread.whatsapp_resolution,
  p_evidence public.whatsapp_identity_evidence[],
  p_lead_keys text[]
)
returns onethread.whatsapp_resolution
language plpgsql
immutable
parallel safe
as $$
declare
  v_evidence public.whatsapp_identity_evidence;
  v_person int;
  v_other int;
begin
  for v_evidence in
    select e.*
    from unnest(p_evidence) as e
    inner join unnest(p_evidence) as d
      on d.relation = 'different'
      and (d.a_key, d.b_key) in ((e.a_key, e.b_key), (e.b_key, e.a_key))
    where e.relation in ('same', 'replaced')
      and (
        d.a_at is null
        or onethread.is_phone_key(e.a_key) and onethread.is_phone_key(e.b_key)
      )
      and d.observed_at < e.observed_at
    order by e.observed_at, e.a_key collate "C", e.b_key collate "C", e.id
  loop
    continue when onethread.is_lead_key(v_evidence.a_key) and v_evidence.a_key <> all (p_lead_keys)
      or onethread.is_lead_key(v_evidence.b_key) and v_evidence.b_key <> all (p_lead_keys);
    v_person := onethread.identifier_person(p_state, v_evidence.a_key, v_evidence.observed_at);
    v_other := onethread.identifier_person(p_state, v_evidence.b_key, v_evidence.observed_at);
    continue when v_person = v_other;
    -- A lead may be nobody yet, and is the first then (write_conflicts).
    if onethread.is_lead_key(v_evidence.b_key) then
      p_state := onethread.add_conflict(
        p_state, v_evidence, 'somebody said that they are two people', v_other, v_person);
    else
      p_state := onethread.add_conflict(
        p_state, v_evidence, 'somebody said that they are two people', v_person, v_other);
    end if;
  end loop;
  return p_state;
end;
$$;

comment on function onethread.decide_contradictions(
  onethread.whatsapp_resolution, public.whatsapp_identity_evidence[], text[]) is
  'The state with a conflict for each two persons whom evidence calls one after a human called them '
  'two; lead_keys are the leads that exist.';
