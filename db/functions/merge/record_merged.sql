-- The evidence of a join by hand: the owners of two identifiers, each at its time, are one person.
create or replace function onethread.record_merged(
  p_business_id bigint,
  p_survivor public.whatsapp_identity,
  p_absorbed public.whatsapp_identity,
  p_reason text
)
returns public.whatsapp_identity_evidence
language plpgsql
as $$
declare
  v_keys text[] := array[
    onethread.identity_key(p_survivor), onethread.identity_key(p_absorbed)];
  v_evidence public.whatsapp_identity_evidence;
begin
  insert into public.whatsapp_identity_evidence (
    business_id, a, b, relation, source, a_key, b_key, a_at, b_at, applied_at
  )
  values (
    p_business_id, onethread.address_spelling(onethread.key_address(v_keys[1])),
    onethread.address_spelling(onethread.key_address(v_keys[2])), 'merged', p_reason, v_keys[1],
    v_keys[2], p_survivor.valid_from, p_absorbed.valid_from, clock_timestamp()
  )
  returning * into v_evidence;
  return v_evidence;
end;
$$;

comment on function onethread.record_merged(
  bigint, public.whatsapp_identity, public.whatsapp_identity, text) is
  'Evidence merged between the identities that stand for two conversations; the caller applies it.';
