-- Find or create the one conversation of the person whom these addresses name.
--
-- Two sessions may meet the same new person at the same moment, under different spellings and
-- with several addresses each. The unique key of whatsapp_identity decides: claim_identities()
-- claims every address, in one order for everybody, so that the second session waits for the
-- first and never knots with it; only then is looked who owns what, and only who still finds
-- nothing creates the conversation. Transaction-level advisory locks would do the same, but each
-- one stays in the server's lock table until commit: a COPY of some ten thousand new people
-- would fail for lack of shared memory. A claimed row costs nothing there.
create or replace function public.resolve_conversation(
  p_business_id bigint,
  p_lead_id bigint,
  p_addresses public.whatsapp_address[],
  out conversation_id bigint,
  out identity_id bigint
)
language plpgsql
as $$
declare
  v_owned record;
  v_lead_id bigint;
  v_identity_id bigint;
begin
  -- An unknown business or lead is the writer's error: the message's own foreign key says so.
  if not exists (select from public.business b where b.id = p_business_id) then
    return;
  end if;

  loop
    perform public.claim_identities(p_business_id, p_addresses);
    v_owned := public.lock_identities(p_business_id, p_addresses);
    exit when v_owned.is_complete;
  end loop;
  identity_id := v_owned.identity_id;
  conversation_id := v_owned.conversation_id;

  v_lead_id := public.find_lead(p_business_id, p_lead_id, p_addresses);
  if conversation_id is null then
    conversation_id := public.resolve_canonical_conversation(
      p_business_id, v_lead_id, p_addresses);
  end if;

  -- One by one, by primary key: the plan is cached when the table may still be empty, and must
  -- not become a scan of the whole table for the rest of a COPY of new people.
  foreach v_identity_id in array v_owned.unowned_ids loop
    update public.whatsapp_identity i
    set conversation_id = resolve_conversation.conversation_id,
        is_current = not exists (
          select
          from public.whatsapp_identity o
          where o.business_id = p_business_id
            and o.conversation_id = resolve_conversation.conversation_id
            and o.kind = i.kind
            and o.scope = i.scope
            and o.is_current
        )
    where i.business_id = p_business_id
      and i.id = v_identity_id;
  end loop;

  perform public.rekey_conversation(p_business_id, conversation_id, v_lead_id);
end;
$$;

comment on function public.resolve_conversation(bigint, bigint, public.whatsapp_address[]) is
  'The conversation of the person named by these addresses (the first is the one to link by), '
  'found or created, and the identity of the first address. The lead, given or found by phone, '
  'gives the conversation its key. Waits for sessions that meet the same person.';
