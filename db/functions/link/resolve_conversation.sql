-- Find or create the one conversation of the person whom these addresses name.
--
-- Two sessions may meet the same new person at the same moment, under different spellings and with
-- several addresses each: all is decided while everybody concerned is held (lock_component).
create or replace function onethread.resolve_conversation(
  p_business_id bigint,
  p_lead_id bigint,
  p_addresses onethread.whatsapp_address[],
  p_sent_at timestamptz,
  p_source text,
  out conversation_id bigint,
  out identity_id bigint
)
language plpgsql
as $$
declare
  -- It takes one; but another session may just have moved the beginning of an epoch.
  v_most_tries constant int := 50;
  v_main onethread.whatsapp_address := onethread.main_address(p_addresses);
  v_addresses onethread.whatsapp_address[] := p_addresses;
  v_concerned onethread.whatsapp_address[];
  v_keys text[];
  v_component text[];
  v_is_plain boolean;
begin
  -- An unknown business or lead is the writer's error: the message's own foreign key says so.
  if not exists (select from public.business b where b.id = p_business_id) then
    return;
  end if;
  if v_main.kind in ('phone', 'lid', 'bsuid') and exists (
    select from public.lead l where l.business_id = p_business_id and l.id = p_lead_id
  ) then
    v_addresses := v_addresses || onethread.lead_address(p_lead_id);
  end if;
  v_concerned := onethread.unshared_addresses(p_business_id, v_main, v_addresses);
  v_keys := array(select onethread.address_key(a) from unnest(v_concerned) as a);

  v_component := onethread.lock_component(p_business_id, v_keys, v_concerned);
  perform onethread.refuse_erased(p_business_id, v_keys, p_sent_at);
  perform onethread.adopt_lid_digits(p_business_id, v_main);
  v_is_plain := onethread.needs_no_rule(p_business_id, v_keys);
  perform onethread.record_addresses(p_business_id, v_main, v_addresses, p_source, p_sent_at);
  if v_is_plain then
    select n.conversation_id, n.identity_id
    into conversation_id, identity_id
    from onethread.link_new_addresses(p_business_id, v_main, v_concerned) n;
  end if;

  if conversation_id is null
    and (
      v_component is null
      or not onethread.apply_component(
        p_business_id, v_component,
        row(
          v_keys, onethread.max_moved_messages(), null, onethread.address_key(v_main), p_sent_at
        )::onethread.occasion)
    )
    or current_setting('transaction_isolation') <> 'read committed'
  then
    perform onethread.mark_evidence_pending(p_business_id, v_keys);
  end if;
  for v_try in 1..v_most_tries loop
    exit when identity_id is not null;
    select i.id, i.conversation_id
    into identity_id, conversation_id
    from onethread.lock_identity_at(p_business_id, v_main, p_sent_at) i;
  end loop;
  if identity_id is null then
    raise exception 'nobody has % at %', onethread.address_key(v_main), p_sent_at
      using errcode = 'serialization_failure', hint = 'Try again.';
  end if;
  conversation_id := coalesce(
    conversation_id, onethread.create_conversation(p_business_id, identity_id));
end;
$$;

comment on function onethread.resolve_conversation(
  bigint, bigint, onethread.whatsapp_address[], timestamptz, text) is
  'The conversation of the person named by these addresses at that time, found or created, and the '
  'identity by which the message is linked (main_address). What the addresses say about each other '
  'and about the lead is recorded as evidence and applied. Waits for sessions that meet the same '
  'person.';
