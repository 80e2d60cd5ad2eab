-- A number that was met as a person turns out to be the business's own: it is nobody.
--
-- Evidence that names it says nothing any more, and whom it had tied are asked again. Its messages
-- are the other side's, or nobody's. Its conversation stays as a row, for whoever refers to it,
-- without a name. All at once, in the transaction that registers it, however many messages there
-- are; it waits for others as a join by hand does.
create or replace function onethread.forget_own_number(
  p_business_id bigint,
  p_address onethread.whatsapp_address
)
returns void
language plpgsql
set lock_timeout = '10s'
as $$
declare
  v_key constant text := onethread.address_key(p_address);
  v_keys text[];
  v_message_ids bigint[];
  v_conversation_ids bigint[];
begin
  if not onethread.is_met(p_business_id, p_address) then
    return;
  end if;
  perform onethread.wait_for_joins(p_business_id);
  v_keys := onethread.lock_whole_component(p_business_id, v_key);

  with gone as (
    delete from public.whatsapp_identity i
    where i.business_id = p_business_id
      and i.kind = p_address.kind
      and i.scope = p_address.scope
      and i.match_value = p_address.match_value
    returning i.id, i.conversation_id
  )
  select
    coalesce(array_agg(distinct g.conversation_id), '{}'),
    array(
      select m.id
      from public.whatsapp_message m
      where m.business_id = p_business_id
        and m.identity_id in (select o.id from gone o)
      order by m.id
    )
  into v_conversation_ids, v_message_ids
  from gone g;
  perform onethread.silence_evidence(p_business_id, v_key);

  v_keys := array_remove(v_keys, v_key);
  if v_keys <> '{}'
    and not onethread.apply_identities(p_business_id, v_keys, '{}', null)
  then
    raise exception 'cannot take % from its person: others hold them', p_address.value
      using errcode = 'lock_not_available', hint = 'Try again.';
  end if;
  perform onethread.link_messages_again(p_business_id, v_message_ids);
  perform onethread.rekey_left_conversations(p_business_id, v_conversation_ids, p_address);
end;
$$;

comment on function onethread.forget_own_number(bigint, onethread.whatsapp_address) is
  'After an address has become the business''s own: its evidence is made inert, its identities go, '
  'those it tied are parted, and its messages are linked anew.';
