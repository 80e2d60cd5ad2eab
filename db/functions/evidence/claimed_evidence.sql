-- What is claimed, and not attested, about these identifiers: one step from them, and no further.
create or replace function onethread.claimed_evidence(p_business_id bigint, p_keys text[])
returns setof public.whatsapp_identity_evidence
language plpgsql
stable
as $$
declare
  v_key text;
begin
  -- One by one, as identity_component().
  foreach v_key in array p_keys loop
    return query
    select e.*
    from public.whatsapp_identity_evidence e
    where e.business_id = p_business_id and e.a_key = v_key and e.weight = 'claimed';
    return query
    select e.*
    from public.whatsapp_identity_evidence e
    where e.business_id = p_business_id
      and e.b_key = v_key
      and e.weight = 'claimed'
      and e.a_key <> all (p_keys);
  end loop;
end;
$$;

comment on function onethread.claimed_evidence(bigint, text[]) is
  'Claimed rows that name one of the identifier_key()s, each once.';
