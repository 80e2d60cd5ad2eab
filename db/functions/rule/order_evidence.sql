-- Evidence as the rule reads it: in the order of time, each phone under one name, and without what
-- a human has contradicted.
create or replace function onethread.order_evidence(
  p_evidence public.whatsapp_identity_evidence[],
  p_state onethread.whatsapp_resolution
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
          -- Of the two persons it denies only the join.
          and d.a_at is null
          and (d.a_key, d.b_key) in ((e.a_key, e.b_key), (e.b_key, e.a_key))
      ));
begin
  -- Two spellings that a provider attests as one phone have one timeline, under the least of them.
  v_evidence := array(
    with spelling as materialized (
      select s.spelling, s.spelling_of
      from unnest(p_state.spelling, p_state.spelling_of) as s (spelling, spelling_of)
    )
    select onethread.rename_evidence(
      onethread.rename_evidence(e, a.spelling, a.spelling_of), b.spelling, b.spelling_of)
    from unnest(v_evidence) as e
    left join spelling a on a.spelling = e.a_key
    left join spelling b on b.spelling = e.b_key);
  return array(
    select e
    from unnest(v_evidence) as e
    where e.relation = 'merged'
      or e.a_key is distinct from e.b_key
    order by e.observed_at, e.a_key collate "C", e.b_key collate "C", e.id);
end;
$$;

comment on function onethread.order_evidence(
  public.whatsapp_identity_evidence[], onethread.whatsapp_resolution) is
  'The rows of relation same, replaced and merged by time and keys, without pairs that are also '
  'different, with the spellings of one phone (those of the state) renamed to the least.';
