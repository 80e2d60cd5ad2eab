-- A lead's phone is that lead's person; a lead that goes gives the name back.
--
-- What the record says is evidence like any other, under a source of its own: a phone that only a
-- record ever named is forgotten with it (release_lead_phone). A changed phone keeps the
-- conversation the lead has; the old phone stays an alias of it if anybody has messaged under it.
--
-- Called by the triggers lead_20_link and lead_21_relink.
create or replace function onethread.link_lead_trigger()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set jit = off
as $$
declare
  v_conversation_id bigint;
  v_lead_key text := onethread.lead_key(coalesce(old.id, new.id));
begin
  if tg_op <> 'INSERT' and old.phone_match_value is not null then
    perform onethread.release_lead_phone(old.business_id, old.id, old.phone_match_value);
  end if;

  if tg_op <> 'DELETE' and new.phone_match_value is not null then
    insert into public.whatsapp_identity_evidence (
      business_id, a, b, relation, source, a_key, b_key
    )
    values (
      new.business_id, (onethread.lead_address(new.id)).value, new.phone_match_value, 'same',
      'lead record', v_lead_key, onethread.identifier_key('phone', '', new.phone_match_value)
    )
    on conflict (business_id, a_key, b_key, relation, weight) where relation <> 'merged' do nothing;
  end if;

  if tg_op = 'DELETE' then
    for v_conversation_id in
      select c.id
      from public.whatsapp_conversation c
      where c.business_id = old.business_id
        and c.canonical_key = onethread.canonical_key(old.business_id, old.id, null, null)
    loop
      perform onethread.rekey_conversation(old.business_id, v_conversation_id);
    end loop;
    -- Another lead that claims its people has them now; a claim of its own is a question no more.
    if not onethread.apply_identities(
      old.business_id, array[v_lead_key], '{}', onethread.max_moved_messages())
    then
      perform onethread.mark_evidence_pending(old.business_id, array[v_lead_key]);
    end if;
  end if;
  return null;
end;
$$;

comment on function onethread.link_lead_trigger() is
  'AFTER INSERT, UPDATE OF phone, DELETE on lead: records the phone as evidence, which promotes its '
  'conversation to the lead''s key; a conversation whose lead is deleted goes to the next lead that '
  'claims it, or is keyed by its identifiers.';
