-- The identity rule: who is who, from the whole set of evidence and its times.
--
-- A pure function of that set, not of the order in which its rows arrived: whatever session
-- applies it last comes to the same result. The steps are those of docs/identity.md.
create or replace function onethread.decide_identities(
  p_evidence public.whatsapp_identity_evidence[],
  p_lead_keys text[]
)
returns onethread.whatsapp_resolution
language plpgsql
immutable
parallel safe
as $$
declare
  v_evidence public.whatsapp_identity_evidence[];
  v_overruled_ids bigint[];
  v_overruled public.whatsapp_identity_evidence[] := '{}';
  v_state onethread.whatsapp_resolution;
begin
  select array_agg(s.spelling), array_agg(s.spelling_of)
  into v_state.spelling, v_state.spelling_of
  from onethread.list_phone_spellings(p_evidence) as s;
  v_evidence := onethread.order_evidence(
    onethread.without_shared_phones(p_evidence), v_state);
  v_state := onethread.initial_resolution(v_state, p_evidence, v_evidence);
  v_overruled_ids := array(select onethread.list_overruled_pairs(v_evidence));
  if v_overruled_ids <> '{}' then
    v_overruled := array(select e from unnest(v_evidence) as e where e.id = any (v_overruled_ids));
    v_evidence := array(select e from unnest(v_evidence) as e where e.id <> all (v_overruled_ids));
  end if;
  v_state := onethread.decide_accounts(v_state, v_evidence);
  v_state := onethread.decide_phones(v_state, v_evidence);
  v_state := onethread.decide_leads(v_state, v_evidence, p_lead_keys);
  v_state := onethread.decide_merged(v_state, v_evidence);
  v_state := onethread.decide_overruled(v_state, v_overruled);
  if cardinality(p_evidence) > onethread.identifier_cap() then
    v_state := onethread.decide_shared_phones(v_state, p_evidence);
  end if;
  return onethread.decide_contradictions(v_state, p_evidence, p_lead_keys);
end;
$$;

comment on function onethread.decide_identities(public.whatsapp_identity_evidence[], text[]) is
  'Applies the identity rule to evidence rows that belong together (identity_component()). '
  'lead_keys: which of the leads in it exist. Immutable: no table is read.';
