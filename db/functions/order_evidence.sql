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
  v_evidence public.whatsapp_identity_evidence[] := array(
    select e
    from unnest(p_evidence) as e
    where e.relation = 'merged'
      or e.relation <> 'different'
      and not exists (
        select
        from unnest(p_evidence) as d
        where d.relation = 'different'
          and (d.a_key, d.b_key) in ((e.a_key, e.b_key), (e.b_key, e.a_key))
      ));
  v_pair record;
begin
  -- Two spellings that a provider attests as one phone have one timeline, under the least of them.
  for v_pair in
    select s.spelling, s.spelling_of
    from public.list_phone_spellings(p_evidence) as s
  loop
    v_evidence := array(
      select public.rename_evidence(e, v_pair.spelling, v_pair.spelling_of)
      from unnest(v_evidence) as e);
  end loop;
  return array(
    select e
    from unnest(v_evidence) as e
    where e.relation = 'merged'
      or e.a_key is distinct from e.b_key
    order by e.observed_at, e.a_key collate "C", e.b_key collate "C", e.id);
end;
$$;

comment on function public.order_evidence(public.whatsapp_identity_evidence[]) is
  'The rows of relation same, replaced and merged by time and keys, without pairs that are also '
  'different, with the spellings of one phone renamed to the least.';
