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
  -- Read once for all ids, and not a probe for each: where statistics know nothing of so many
  -- messages, any index that begins with the business looks right for one row.
  with copy as materialized (
    select s.message, i.kind, i.value, i.match_value
    from (
      select
        m as message,
        m.identity_id,
        min(m.conversation_id) over same_id <> max(m.conversation_id) over same_id as is_elsewhere
      from public.whatsapp_message m
      where m.business_id = p_business_id
        and m.provider_message_id = any (p_provider_message_ids)
        and length(m.provider_message_id) <= 255
        and onethread.is_random_message_id(m.provider_message_id)
      window same_id as (partition by m.provider_message_id)
    ) s
    inner join public.whatsapp_identity i
      on i.business_id = p_business_id
      and i.id = s.identity_id
      and i.kind in ('lid', 'phone')
    where s.is_elsewhere
  )
  select
    p_business_id, found.account || '@lid', found.phone, 'same', found.weight,
    found.provider || ' copies of one message', min(found.sent_at),
    onethread.identifier_key('lid', '', found.account),
    onethread.identifier_key('phone', '', found.phone_match_value)
  from (
    select
      account.value as account,
      phone.value as phone,
      phone.match_value as phone_match_value,
      (account.message).provider,
      least((account.message).sent_at, (phone.message).sent_at) as sent_at,
      onethread.copies_weight(account.message, phone.message, b.trust_copies) as weight
    from copy account
    inner join copy phone
      on (phone.message).provider_message_id = (account.message).provider_message_id
      and phone.kind = 'phone'
    inner join public.business b on b.id = p_business_id
    where account.kind = 'lid'
  ) as found
  where found.weight is not null
  group by found.account, found.phone, found.phone_match_value, found.provider, found.weight
  order by found.phone collate "C", found.account collate "C"
  on conflict do nothing;
  get diagnostics v_count = row_count;
  return v_count;
end;
$$;

comment on function onethread.learn_from_copies(bigint, text[]) is
  'Records as evidence that the phone and the LID under which a gateway delivered one and the same '
  'message are one person (copies_weight). To be called with the ids of messages that have been '
  'inserted, after the commit. Returns how many statements are new.';
