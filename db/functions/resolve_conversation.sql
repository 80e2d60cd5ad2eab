-- Find or create the one conversation of the person whom these addresses name.
--
-- Two sessions may meet the same new person at the same moment, under different spellings and
-- with several addresses each. The unique key of whatsapp_identity decides: claim_identities()
-- claims every address, in one order for everybody, so that the second session waits for the
-- first and never knots with it. Transaction-level advisory locks would do the same, but each
-- one stays in the server's lock table until commit: a COPY of some ten thousand new people
-- would fail for lack of shared memory. A claimed row costs nothing there.
create or replace function public.resolve_conversation(
  p_business_id bigint,
  p_lead_id bigint,
  p_addresses public.whatsapp_address[],
  p_sent_at timestamptz,
  p_source text,
  out conversation_id bigint,
  out identity_id bigint
)
language plpgsql
as $$
declare
  v_main public.whatsapp_address := public.main_address(p_addresses);
  v_keys text[];
  v_is_alone boolean;
  v_identity record;
begin
  -- An unknown business or lead is the writer's error: the message's own foreign key says so.
  if not exists (select from public.business b where b.id = p_business_id) then
    return;
  end if;

  -- The lead first, as everywhere: under it, two messages may meet that share no address.
  perform
  from public.lead l
  where l.business_id = p_business_id and l.id = p_lead_id
  for no key update;

  loop
    perform public.claim_identities(p_business_id, p_addresses);
    v_keys := public.record_message_evidence(
      p_business_id, v_main, p_addresses, p_lead_id, p_source, p_sent_at);

    -- Somebody of whom nothing else is known: settled by the one row. Asked again when it is locked:
    -- whoever connects it with another identifier waits for us, or we have waited for him.
    v_is_alone := not public.has_evidence(p_business_id, v_keys[1]);
    if v_is_alone then
      v_identity := public.lock_identity(p_business_id, v_main, p_sent_at);
      v_is_alone := not public.has_evidence(p_business_id, v_keys[1]);
    end if;
    if not v_is_alone then
      if not public.apply_identities(p_business_id, v_keys, 5000)
        or current_setting('transaction_isolation') <> 'read committed'
      then
        perform public.mark_evidence_pending(p_business_id, v_keys);
      end if;
      v_identity := public.lock_identity(p_business_id, v_main, p_sent_at);
    end if;
    -- Deleted meanwhile (a lead released its phone): claim and look again.
    exit when v_identity.id is not null;
  end loop;

  identity_id := v_identity.id;
  conversation_id := coalesce(
    v_identity.conversation_id,
    public.create_conversation(p_business_id, v_main, identity_id, v_keys, v_is_alone));
end;
$$;

comment on function public.resolve_conversation(
  bigint, bigint, public.whatsapp_address[], timestamptz, text) is
  'The conversation of the person named by these addresses at that time, found or created, and the '
  'identity by which the message is linked (main_address). What the addresses say about each other '
  'and about the lead is recorded as evidence and applied. Waits for sessions that meet the same '
  'person.';
