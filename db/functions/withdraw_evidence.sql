-- What an undone join rested on counts no more, and a human says so.
create or replace function public.withdraw_evidence(
  p_business_id bigint,
  p_merge public.whatsapp_conversation_merge,
  p_cause public.whatsapp_identity_evidence
)
returns void
language plpgsql
as $$
declare
  v_pair record;
begin
  if p_cause.relation = 'merged' then
    delete from public.whatsapp_identity_evidence e
    where e.business_id = p_business_id and e.id = p_cause.id;
  end if;

  for v_pair in
    select least(p.a collate "C", p.b collate "C") as a, greatest(p.a collate "C", p.b collate "C") as b
    from (
      values
        (p_merge.survivor_key, p_merge.absorbed_key),
        -- Evidence that joined through other identifiers than those that stood for the threads.
        (case when p_cause.relation <> 'merged' then p_cause.a_key end, p_cause.b_key)
    ) as p (a, b)
    where p.a <> p.b
  loop
    insert into public.whatsapp_identity_evidence (
      business_id, a, b, relation, source, a_key, b_key, applied_at
    )
    values (
      p_business_id, split_part(v_pair.a, ':', 3), split_part(v_pair.b, ':', 3), 'different',
      'undo of merge ' || p_merge.id, v_pair.a, v_pair.b, clock_timestamp()
    )
    on conflict (business_id, a_key, b_key, relation) where relation <> 'merged' do nothing;
  end loop;
end;
$$;

comment on function public.withdraw_evidence(
  bigint, public.whatsapp_conversation_merge, public.whatsapp_identity_evidence) is
  'Deletes the evidence of a join by hand and writes "different" between what was joined.';
