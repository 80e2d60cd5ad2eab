-- The trigger that gives a message its conversation. Every writer passes here.
--
-- The common case, a known person, ends after one index probe: the identity row says which
-- conversation it is. "for share" makes a writer that meets a merge wait for it and then read the
-- surviving conversation, so that no message slips into one that is being merged away; writers do
-- not block each other. A row that does not settle it is not locked: the long way locks leads
-- first, and an identity without a conversation more strongly. A phone of which nothing is known gets
-- its thread by one statement more (welcome_person). Everything else (a new alias, a lead, an address
-- that was somebody's) is resolve_message().
--
-- The probe is written twice. Nearly all messages name one plain phone and nothing else: for them
-- nothing is evaluated that they do not need, because an expression is set up anew in every
-- transaction, which for a single row costs more than its work.
--
-- Nothing here raises for an address that cannot be read, a time that cannot be, or an id that fits into
-- no index: that would lose the message.
--
-- Called by the trigger zzz_onethread_message_10_link.
create or replace function onethread.link_message_trigger()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set jit = off
as $$
declare
  v_text text := case new.direction
    when 'inbound' then new.from_number
    when 'outbound' then new.to_number
  end;
  v_phone text := case
    when new.contact_aliases is null and new.lead_id is null and new.participant is null
      and (new.conversation_id is null or (new.status::text in ('queued', 'sending')) is not true)
      and onethread.is_plausible_time(new.sent_at)
      and onethread.is_plausible_time(new.created_at)
      and (length(new.provider_message_id) > 255 or length(new.reply_to) > 255) is not true
      and new.send_after is null
      and not new.is_backfill_pending
      then onethread.plain_phone(v_text, new.provider is not null)
  end;
  v_address onethread.whatsapp_address;
  v_identity record;
begin
  if v_phone is not null then
    select i.id, i.conversation_id
    into new.identity_id, new.conversation_id
    from public.whatsapp_identity i
    where i.business_id = new.business_id
      and i.kind = 'phone'
      and i.scope = ''
      and i.match_value = v_phone
      and i.valid_until is null
      and i.conversation_id is not null
      and i.valid_from <= new.sent_at
    for share;

    if not found then
      select w.conversation_id, w.identity_id
      into new.conversation_id, new.identity_id
      from onethread.welcome_person(new.business_id, v_phone) w;
    end if;
    if new.identity_id is not null then
      if new.sender_name is not null and new.direction = 'inbound' then
        perform onethread.record_shown_name(
          new.business_id, new.identity_id, new.id, new.sender_name, new.sent_at);
      end if;
      return new;
    end if;
  end if;

  new.provider_message_id := onethread.comparable_id(new.provider_message_id);
  new.reply_to := onethread.comparable_id(new.reply_to);
  new.participant := onethread.comparable_id(new.participant);
  new.created_at := onethread.plausible_time(new.created_at, now());
  new.sent_at := onethread.plausible_time(
    case when not new.is_backfill_pending then new.sent_at end, new.created_at);
  new.send_after := onethread.storable_time(new.send_after);
  new.is_backfill_pending := false;
  if new.conversation_id is not null and onethread.is_unsent(new.direction, new.status::text) then
    select a.conversation_id, a.identity_id
    into new.conversation_id, new.identity_id
    from onethread.link_answer(new) a;
    if new.identity_id is null and onethread.is_erased_message(new, new.sent_at) then
      return null;
    end if;
    return new;
  end if;
  if v_text <> '' is not true then
    v_text := onethread.message_counterpart(new.direction, new.from_number, new.to_number);
  end if;
  v_address := onethread.read_address(
    v_text,
    case when strpos(v_text, '@') = 0 and left(v_text, 1) <> '+'
      then onethread.address_region(new.business_id, new.provider, v_text) end);

  if new.contact_aliases is not null then
    v_address := case
      when v_address.kind in ('phone', 'lid', 'bsuid') then onethread.find_known_address(
        new.business_id, v_address, new.contact_aliases, new.sent_at)
      -- In a group the aliases are the participant's: known or not, the group is linked.
      when onethread.find_known_address(
        new.business_id, null, new.participant || new.contact_aliases, new.sent_at) is not null
        then v_address
    end;
  end if;

  if new.lead_id is null
    or onethread.is_lead_known(new.business_id, v_address, new.lead_id)
  then
    select i.id, i.conversation_id
    into v_identity
    from public.whatsapp_identity i
    where i.business_id = new.business_id
      and i.kind = v_address.kind
      and i.scope = v_address.scope
      and i.match_value = v_address.match_value
      and i.valid_until is null
      and i.conversation_id is not null
      and i.valid_from <= new.sent_at
    for share;
  end if;

  if v_identity is not null then
    new.identity_id := v_identity.id;
    new.conversation_id := v_identity.conversation_id;
  else
    select r.conversation_id, r.identity_id
    into new.conversation_id, new.identity_id
    from onethread.resolve_message(new) r;
  end if;

  -- A replay does not bring an erased person back: to the writer it looks like a message that is
  -- stored already. Whoever has a conversation is not erased; in a group the participant may be.
  if (
      new.conversation_id is null
      or new.participant is not null
      or new.contact_aliases is not null and v_address.kind not in ('phone', 'lid', 'bsuid')
    )
    and onethread.is_erased_message(new, new.sent_at)
  then
    return null;
  end if;
  if new.sender_name is not null
    and new.identity_id is not null
    and new.participant is null
    and onethread.message_direction(new.direction) = 'inbound'
  then
    perform onethread.record_shown_name(
      new.business_id, new.identity_id, new.id, new.sender_name, new.sent_at);
  end if;
  return new;
end;
$$;

comment on function onethread.link_message_trigger() is
  'BEFORE INSERT on whatsapp_message: sets conversation_id and identity_id from the address of the '
  'counterpart; an answer that is to be sent stays in the conversation it was given. Leaves them '
  'null when the address identifies nobody (view unlinked_message). Drops a message that was sent '
  'before its person was erased. Replaces times that cannot be, and shortens ids.';
