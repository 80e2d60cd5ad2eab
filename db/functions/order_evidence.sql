-- Evidence as the rule reads it: in the order of time, each phone under one name, and without what
-- a human has contradicted.
create or replace function public.order_evidence(
  p_evidence public.whatsapp_identity_evidence[]
)
returns public.whatsapp_identity_evidence[]
language plpgsql
immutable
parallel safe
as $$
declare
  v_evidence public.whatsapp_identity_evidence[];
  v_pair record;
begin
  select array_agg(e order by e.observed_at, e.a_key collate "C", e.b_key collate "C", e.id)
  into v_evidence
  from unnest(p_evidence) as e
  where e.relation = 'merged'
    or e.relation <> 'different'
    and e.a_key is distinct from e.b_key
    and not exists (
      select
      from unnest(p_evidence) as d
      where d.relation = 'different'
        and (d.a_key, d.b_key) in ((e.a_key, e.b_key), (e.b_key, e.a_key))
    );

  -- Two spellings that a provider attests as one phone have one timeline, under the least of them.
  for v_pair in
    select s.spelling, s.spelling_of
    from public.list_phone_spellings(v_evidence) as s
  loop
    select array_agg(
      public.rename_evidence(e, v_pair.spelling, v_pair.spelling_of)
      order by e.observed_at, e.a_key collate "C", e.b_key collate "C", e.id)
    into v_evidence
    from unnest(v_evidence) as e;
  end loop;
  return coalesce(v_evidence, '{}');
end;
$$;

comment on function public.order_evidence(public.whatsapp_identity_evidence[]) is
  'The rows of relation same, replaced and merged by time and keys, without pairs that are also '
  'different, with the spellings of one phone renamed to the least.';
