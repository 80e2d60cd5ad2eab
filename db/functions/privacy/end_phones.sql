-- A phone that somebody had before an erased person does not go back to that one.
create or replace function onethread.end_phones(
  p_business_id bigint,
  p_identities public.whatsapp_identity[],
  p_own_keys text[]
)
returns void
language plpgsql
as $$
begin
  insert into public.whatsapp_identity_evidence (
    business_id, a, relation, source, observed_at, a_key, applied_at
  )
  select
    p_business_id, i.value, 'replaced', 'erasure', i.valid_from,
    onethread.identity_key(i), clock_timestamp()
  from unnest(p_identities) as i
  where i.kind = 'phone'
    and i.valid_from > '1970-01-01 00:00+00'
    and onethread.identity_key(i) <> all (p_own_keys);
end;
$$;

comment on function onethread.end_phones(bigint, public.whatsapp_identity[], text[]) is
  'Evidence that ends each phone that is not only theirs (own_keys) at the beginning of theirs.';
