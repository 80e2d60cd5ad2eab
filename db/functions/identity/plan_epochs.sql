-- Whose is each identifier, and from when until when: the rule's answer, without what was erased.
create or replace function onethread.plan_epochs(
  p_business_id bigint,
  p_keys text[],
  p_state onethread.whatsapp_resolution,
  p_identities public.whatsapp_identity[]
)
returns onethread.whatsapp_identity_plan[]
language plpgsql
stable
as $$
begin
  return array(
    select row(
      e.key, s.valid_from, e.valid_until, e.is_current, e.person, null, null, null, null, null
    )::onethread.whatsapp_identity_plan
    from onethread.identity_epochs(p_state, p_keys) as e
    -- What an erased person had is nobody's.
    cross join lateral (
      select onethread.after_erasure(p_business_id, e.key, e.valid_from) as valid_from
    ) s
    where e.key in (select onethread.identity_key(i) from unnest(p_identities) as i)
      and s.valid_from < coalesce(e.valid_until, 'infinity')
  );
end;
$$;

comment on function onethread.plan_epochs(
  bigint, text[], onethread.whatsapp_resolution, public.whatsapp_identity[]) is
  'The epochs of the identifiers that have a row, as a plan that does not say yet which row.';
