-- Does one account claim more phones than a person has, and is this not the first of them that leads
-- to somebody else's thread? Whoever claims everybody asks one question.
create or replace function onethread.is_flood_of_claims(
  p_claim public.whatsapp_identity_evidence,
  p_conversation_id bigint
)
returns boolean
language plpgsql
stable
as $$
begin
  if not onethread.is_account_key(p_claim.a_key) or onethread.identifier_cap() >= (
    select count(*)
    from public.whatsapp_identity_evidence e
    where e.business_id = p_claim.business_id
      and e.a_key = p_claim.a_key
      and e.weight = 'claimed'
      and onethread.is_phone_key(e.b_key)
  ) then
    return false;
  end if;
  return p_claim.id is distinct from (
    select e.id
    from public.whatsapp_identity_evidence e
    where e.business_id = p_claim.business_id
      and e.a_key = p_claim.a_key
      and e.weight = 'claimed'
      and onethread.is_phone_key(e.b_key)
      and onethread.key_conversation(e.business_id, e.b_key) <> p_conversation_id
    order by e.observed_at, e.b_key collate "C"
    limit 1
  );
end;
$$;

comment on function onethread.is_flood_of_claims(public.whatsapp_identity_evidence, bigint) is
  'True for a claim of an account that claims more than identifier_cap() phones, but for the '
  'earliest that leads to another conversation than the account''s, which is given.';
