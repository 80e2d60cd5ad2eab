-- What is known about an identifier: since when it leads where, and who said what about it.
create or replace function onethread.explain_identity(p_identity public.whatsapp_identity)
returns table (step text, detail text, source text, at timestamptz)
language plpgsql
stable
as $$
declare
  v_key text := onethread.identity_key(p_identity);
  v_keys text[] := onethread.identity_component(p_identity.business_id, array[v_key]);
begin
  return query
  select
    'identifier',
    v_key
      || case when p_identity.valid_from > '1970-01-01 00:00+00'
        then ' from ' || p_identity.valid_from else '' end
      || coalesce(' until ' || p_identity.valid_until, ''),
    null::text, p_identity.created_at;

  return query
  select
    'evidence',
    concat_ws(' ', e.a_key, e.relation, e.b_key)
      || case when e.relation = 'different' and e.a_at is not null then ' (two people)' else '' end
      || case when e.weight = 'claimed' then ' (claimed)' else '' end
      || case when e.applied_at is null then ' (pending)' else '' end,
    e.source, e.observed_at
  from public.whatsapp_identity_evidence e
  where e.business_id = p_identity.business_id
    and (e.a_key = any (v_keys) or e.b_key = any (v_keys))
  order by e.observed_at, e.id;
end;
$$;

comment on function onethread.explain_identity(public.whatsapp_identity) is
  'Steps of explain_message(): the identifier with its time, and the evidence about it and about whom '
  'that connects it with.';
