-- A conversation that another program makes names a lead: that is evidence, and its owner's name.
--
-- A phone and its one lead: nothing is to be decided. Of others the rule says who they are, later.
create or replace function onethread.record_conversation_lead(
  p_conversation public.whatsapp_conversation,
  p_address onethread.whatsapp_address,
  p_lead_id bigint,
  p_owner_id bigint
)
returns void
language plpgsql
as $$
declare
  v_key text := onethread.address_key(p_address);
  v_keys text[];
begin
  if p_lead_id is not null and p_address.kind in ('phone', 'lid', 'bsuid') then
    insert into public.whatsapp_identity_evidence (
      business_id, a, b, relation, source, observed_at, a_key, b_key
    )
    values (
      p_conversation.business_id, (onethread.lead_address(p_lead_id)).value,
      onethread.address_spelling(p_address), 'same', 'conversation', coalesce(p_conversation.created_at::timestamptz, now()),
      onethread.lead_key(p_lead_id), v_key
    )
    on conflict (business_id, a_key, b_key, relation, weight) where relation <> 'merged' do nothing;
  end if;
  v_keys := onethread.identity_component(
    p_conversation.business_id, array_remove(array[v_key], null));
  if cardinality(v_keys) > 2 then
    perform onethread.mark_evidence_pending(p_conversation.business_id, v_keys);
  end if;
  perform onethread.rekey_conversation(p_conversation.business_id, p_owner_id, p_lead_id);
  perform onethread.write_suggestions(
    p_conversation.business_id,
    onethread.conversation_keys(p_conversation.business_id, p_owner_id));
end;
$$;

comment on function onethread.record_conversation_lead(
  public.whatsapp_conversation, onethread.whatsapp_address, bigint, bigint) is
  'Records that the address is the lead''s, and leaves what is known about them pending when it '
  'concerns anybody else; the conversation of both, the owner, gets its name from it.';
