-- WAHA, the store of its NOWEB engine: one session a database or schema.
-- tables: messages, chats, lid_map
-- provider: waha
-- digits: international

-- evidence of lid_map by id text
select t.id as key, '' as tenant, t.id as a, t.pn as b
from theirs t

-- messages of messages by id text
select
  t.id as key,
  case when k.is_ours then 'outbound' else 'inbound' end as direction,
  t.jid as address,
  case
    when k.is_group and k.is_ours then null
    when k.is_group then array[t.data #>> '{key,participantAlt}']
    else array[t.data #>> '{key,remoteJidAlt}']
  end as aliases,
  case when k.is_group and not k.is_ours
    then coalesce(t.data #>> '{key,participant}', t.data ->> 'participant') end as participant,
  case when not k.is_ours then t.data ->> 'pushName' end as sender_name,
  coalesce(
    case when k.body is not null then 'text' end,
    (
      select replace(name, 'Message', '')
      from jsonb_object_keys(t.data -> 'message') as name
      where name like '%Message'
      limit 1
    ),
    'unknown') as kind,
  coalesce(
    k.body,
    t.data #>> '{message,imageMessage,caption}',
    t.data #>> '{message,videoMessage,caption}',
    t.data #>> '{message,documentMessage,caption}') as body,
  t.id as provider_message_id,
  to_timestamp(t."messageTimestamp") as sent_at,
  (array['sent', 'delivered', 'read', 'played'])[(t.data ->> 'status')::int - 1] as status
from theirs t
cross join lateral (
  select
    coalesce((t.data #>> '{key,fromMe}')::boolean, false) as is_ours,
    t.jid like '%@g.us' as is_group,
    coalesce(
      t.data #>> '{message,conversation}',
      t.data #>> '{message,extendedTextMessage,text}') as body
) k
where jsonb_typeof(t.data -> 'message') = 'object'
  and not t.data -> 'message' ?| array['protocolMessage', 'reactionMessage']
  and t.jid not like '%@broadcast'
