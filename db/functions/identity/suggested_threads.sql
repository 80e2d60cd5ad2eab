-- Which two threads may be one person's, as a claim has it? Nobody knows: a human is asked.
--
-- Not when somebody has said that they are two people, and not when the one person would use two
-- accounts of a kind.
create or replace function onethread.suggested_threads(
  p_claim public.whatsapp_identity_evidence,
  out first_id bigint,
  out second_id bigint
)
language plpgsql
stable
as $$
begin
  first_id := onethread.key_conversation(p_claim.business_id, p_claim.a_key);
  second_id := onethread.key_conversation(p_claim.business_id, p_claim.b_key);
  if (first_id <> second_id) is not true
    or exists (
      select
      from public.whatsapp_identity i
      inner join public.whatsapp_identity o
        on o.business_id = i.business_id and o.kind = i.kind and o.scope = i.scope
      where i.business_id = p_claim.business_id
        and i.conversation_id = first_id
        and i.kind in ('lid', 'bsuid')
        and i.is_current
        and o.conversation_id = second_id
        and o.is_current
    )
    or onethread.are_different_conversations(p_claim.business_id, first_id, second_id)
    or onethread.is_flood_of_claims(p_claim, first_id)
  then
    first_id := null;
    second_id := null;
  end if;
end;
$$;

comment on function onethread.suggested_threads(public.whatsapp_identity_evidence) is
  'Ids of the two conversations of persons to which the sides of a claim lead today; nulls when it '
  'is no suggestion.';
