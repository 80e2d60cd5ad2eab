-- What is said about whoever has this identifier, for explain_message().
create or replace function onethread.explain_evidence(p_business_id bigint, p_key text)
returns table (what text, why text, at timestamptz)
language plpgsql
stable
as $$
declare
  v_keys text[] := onethread.identity_component(p_business_id, array[p_key]);
begin
  return query
  select
    concat_ws(' ', e.a_key, e.relation, e.b_key)
      || case when e.applied_at is null then ' (pending)' else '' end,
    e.source, e.observed_at
  from public.whatsapp_identity_evidence e
  where e.business_id = p_business_id
    and (e.a_key = any (v_keys) or e.b_key = any (v_keys))
  order by e.observed_at, e.id;
end;
$$;

comment on function onethread.explain_evidence(bigint, text) is
  'One row a statement about the component of the identifier_key(): it, its source, its time.';
