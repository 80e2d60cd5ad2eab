-- Step 3 of the rule: the CRM's word. Leads join, whatever accounts the persons have, and never part.
--
-- Of two leads that claim one person the lowest id keeps it; the other claim is a conflict. A lead
-- that is gone asks nothing, but whom it joined stay joined.
create or replace function onethread.decide_leads(
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
  v_tie record;
  v_lead int;
  v_person int;
  v_holder bigint;
begin
  for v_tie in
    select t.evidence, t.lead_key, t.key, t.observed_at
    from (
      select e as evidence, e.observed_at, e.a_key as lead_key, e.b_key as key
      from unnest(p_evidence) as e
      where e.relation = 'same'
        and onethread.is_lead_key(e.a_key)
        and not onethread.is_lead_key(e.b_key)
      union all
      select e, e.observed_at, e.b_key, e.a_key
      from unnest(p_evidence) as e
      where e.relation = 'same'
        and onethread.is_lead_key(e.b_key)
        and not onethread.is_lead_key(e.a_key)
    ) t
    order by onethread.lead_id(t.lead_key), t.observed_at, t.key collate "C"
  loop
    v_lead := onethread.node_person(p_state, v_tie.lead_key);
    v_person := onethread.identifier_person(p_state, v_tie.key, v_tie.observed_at);
    continue when v_lead = v_person;
    select min(onethread.lead_id(n.key))
    into v_holder
    from unnest(p_state.node, p_state.node_person) as n (key, person)
    where n.person = v_person
      and onethread.is_lead_key(n.key)
      and (n.key = any (p_lead_keys) or v_tie.lead_key <> all (p_lead_keys));
    if v_holder is not null then
      continue when v_tie.lead_key <> all (p_lead_keys);
      p_state := onethread.add_conflict(
        p_state, v_tie.evidence, format('lead %s has this person', v_holder), v_lead, v_person);
    elsif not onethread.are_two_people(p_state, v_lead, v_person, null) then
      p_state := onethread.join_persons(p_state, v_lead, v_person);
    elsif v_tie.lead_key = any (p_lead_keys) then
      p_state := onethread.add_conflict(
        p_state, v_tie.evidence, 'somebody said that they are two people', v_lead, v_person);
    end if;
  end loop;
  return p_state;
end;
$$;

comment on function onethread.decide_leads(
  onethread.whatsapp_resolution, public.whatsapp_identity_evidence[], text[]) is
  'Joins the persons whom one lead ties together; lead_keys are the leads that exist.';
