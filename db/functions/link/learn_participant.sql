-- What a group's message says about its author: names of one person. The message stays the group's.
create or replace function onethread.learn_participant(p_message public.whatsapp_message)
returns void
language plpgsql
as $$
declare
  v_addresses onethread.whatsapp_address[] := onethread.alias_addresses(
    p_message.business_id, p_message.participant || p_message.contact_aliases);
  v_main constant onethread.whatsapp_address := onethread.main_address(v_addresses);
  v_concerned constant onethread.whatsapp_address[] := onethread.unshared_addresses(
    p_message.business_id, v_main, v_addresses);
  v_keys text[] := array(select onethread.address_key(a) from unnest(v_concerned) as a);
  v_component text[];
begin
  if cardinality(v_addresses) < 2
    or not exists (select from public.business b where b.id = p_message.business_id)
  then
    return;
  end if;
  v_component := onethread.lock_component(p_message.business_id, v_keys, v_concerned);
  perform onethread.refuse_erased(p_message.business_id, v_keys, p_message.sent_at);
  perform onethread.record_addresses(
    p_message.business_id, v_main, v_addresses,
    coalesce(p_message.provider, p_message.source, 'message') || ' group', p_message.sent_at);
  if v_component is null
    or not onethread.apply_component(
      p_message.business_id, v_component,
      row(v_keys, onethread.max_moved_messages(), null, null, null)::onethread.occasion)
    or current_setting('transaction_isolation') <> 'read committed'
  then
    perform onethread.mark_evidence_pending(p_message.business_id, v_keys);
  end if;
end;
$$;

comment on function onethread.learn_participant(public.whatsapp_message) is
  'Records and applies the evidence in participant and contact_aliases of a group''s message.';
