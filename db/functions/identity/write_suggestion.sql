-- A claim is an open question, or none.
create or replace function onethread.write_suggestion(p_claim public.whatsapp_identity_evidence)
returns void
language plpgsql
as $$
declare
  v_threads record := onethread.suggested_threads(p_claim);
begin
  if v_threads.first_id is null then
    update onethread.whatsapp_identity_conflict k
    set settled_at = clock_timestamp()
    where k.business_id = p_claim.business_id
      and k.evidence_id = p_claim.id
      and k.settled_at is null;
    return;
  end if;
  insert into onethread.whatsapp_identity_conflict as k (
    business_id, evidence_id, kind, first_conversation_id, second_conversation_id, reason
  )
  values (
    p_claim.business_id, p_claim.id, 'suggestion', v_threads.first_id, v_threads.second_id,
    'claimed, not attested'
  )
  on conflict (business_id, evidence_id) do update
  set first_conversation_id = excluded.first_conversation_id,
      second_conversation_id = excluded.second_conversation_id,
      settled_at = null
  where (k.first_conversation_id, k.second_conversation_id, k.settled_at)
    is distinct from (excluded.first_conversation_id, excluded.second_conversation_id, null);
end;
$$;

comment on function onethread.write_suggestion(public.whatsapp_identity_evidence) is
  'Opens, renews or settles the suggestion of a claim (suggested_threads).';
