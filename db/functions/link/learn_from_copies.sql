-- One message that a gateway delivered twice, under the sender's phone and under the LID: the two are
-- one person, though the gateway does not say so.
--
-- Gateways do that (devlikeapro/waha#1627, #1816; evolution-api#1340: the answer to a send and its
-- echo). It takes all of the following, because a message id is made by its sender and is not unique
-- in the world: the id looks like WhatsApp's own random ones, capital hexadecimal digits, never like
-- a counter; the same provider, side, kind, text and time; nothing else attested with either copy;
-- one copy under a phone and one under a LID. Not in the history of a phone, and not what came
-- through a broadcast list: each receiver of a list has the message, under one id.
--
-- Attested is what we sent: the id of an answer to a send has one receiver. What came in is claimed,
-- because any receiver of a list can send the same once more, under the same id, and be taken for its
-- sender; unless the business says that this gateway delivers everything twice (trust_copies).
--
-- Called by whoever has inserted messages, after the commit, and not from the trigger: most messages
-- have no copy, the trigger would pay a second index probe for each of them, and when two sessions
-- insert the two copies at once neither sees the other's before both have committed.
--
-- Definer: who only adds messages may not read them, and gives no keys.
create or replace function onethread.learn_from_copies(
  p_business_id bigint,
  p_provider_message_ids text[]
)
returns bigint
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_count bigint;
begin
  perform onethread.check_caller(p_business_id, 'onethread.learn_from_copies(bigint, text[])');
  insert into public.whatsapp_identity_evidence (
    business_id, a, b, relation, weight, source, observed_at, a_key, b_key
  )
  select
    p_business_id, found.account_value || '@lid', found.phone_value, 'same', found.weight,
    found.source, min(found.sent_at),
    onethread.identifier_key('lid', '', found.account_value),
    onethread.identifier_key('phone', '', found.phone_match_value)
  from (
    select
      account.value as account_value,
      phone.value as phone_value,
      phone.match_value as phone_match_value,
      m.provider || ' copies of one message' as source,
      least(m.sent_at, o.sent_at) as sent_at,
      onethread.copies_weight(m, o, b.trust_copies) as weight
    from public.whatsapp_message m
    inner join public.business b on b.id = m.business_id
    inner join public.whatsapp_identity account
      on account.business_id = m.business_id
      and account.id = m.identity_id
      and account.kind = 'lid'
    inner join public.whatsapp_message o
      on o.business_id = m.business_id
      and o.provider_message_id = m.provider_message_id
      and length(o.provider_message_id) <= 255
      and o.conversation_id <> m.conversation_id
    inner join public.whatsapp_identity phone
      on phone.business_id = o.business_id
      and phone.id = o.identity_id
      and phone.kind = 'phone'
    where m.business_id = p_business_id
      and m.provider_message_id = any (p_provider_message_ids)
      and onethread.is_random_message_id(m.provider_message_id)
      and o.provider = m.provider
      and onethread.message_direction(o.direction) = onethread.message_direction(m.direction)
      and o.kind = m.kind
      and o.body is not distinct from m.body
      -- A short id is not enough without words.
      and (m.body <> '' or length(m.provider_message_id) >= 16)
      and o.sent_at between m.sent_at - interval '2 s' and m.sent_at + interval '2 s'
      and m.contact_aliases is null
      and o.contact_aliases is null
      and m.source is distinct from 'history'
      and o.source is distinct from 'history'
      and m.list_address is null
      and o.list_address is null
  ) as found
  group by
    found.account_value, found.phone_value, found.phone_match_value, found.source, found.weight
  order by found.phone_value collate "C", found.account_value collate "C"
  on conflict do nothing;
  get diagnostics v_count = row_count;
  return v_count;
end;
$$;

comment on function onethread.learn_from_copies(bigint, text[]) is
  'Records as evidence that the phone and the LID under which a gateway delivered one and the same '
  'message are one person (copies_weight). To be called with the ids of messages that have been '
  'inserted, after the commit. Returns how many statements are new.';
