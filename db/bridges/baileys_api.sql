-- baileys-api (Prisma).
-- tables: "Message", "Chat" ("lidJid")
-- provider: baileys_api
-- digits: international

-- evidence of "Chat" by "pkId" bigint
select t."pkId" as key, t."sessionId" as tenant, t."id" as a, other.jid as b
from theirs t
cross join unnest(array[t."lidJid", t."pnJid"]) as other (jid)
where t."id" not like '%@g.us'

-- messages of "Message" by "pkId" bigint
-- A status comes as a DELETE and an INSERT of the same message.
select
  t."pkId" as key,
  t."sessionId" as tenant,
  case when k.is_ours then 'outbound' else 'inbound' end as direction,
  t."remoteJid" as address,
  case
    when k.is_group and k.is_ours then null
    when k.is_group then array[t."key" ->> 'participantAlt', t."key" ->> 'participantPn']
    when k.is_ours then array[t."key" ->> 'remoteJidAlt']
    else array[t."key" ->> 'remoteJidAlt', t."key" ->> 'senderPn', t."key" ->> 'senderLid']
  end as aliases,
  case when k.is_group and not k.is_ours
    then coalesce(t."key" ->> 'participant', t."participant") end as participant,
  case when not k.is_ours then t."pushName" end as sender_name,
  coalesce(
    case when k.body is not null then 'text' end,
    (
      select replace(name, 'Message', '')
      from jsonb_object_keys(t."message") as name
      where name like '%Message'
      limit 1
    ),
    'unknown') as kind,
  coalesce(
    k.body,
    t."message" #>> '{imageMessage,caption}',
    t."message" #>> '{videoMessage,caption}',
    t."message" #>> '{documentMessage,caption}') as body,
  t."id" as provider_message_id,
  to_timestamp(t."messageTimestamp") as sent_at,
  (array['sent', 'delivered', 'read', 'played'])[t."status" - 1] as status
from theirs t
cross join lateral (
  select
    coalesce((t."key" ->> 'fromMe')::boolean, false) as is_ours,
    t."remoteJid" like '%@g.us' as is_group,
    coalesce(
      t."message" ->> 'conversation', t."message" #>> '{extendedTextMessage,text}') as body
) k
where t."messageStubType" is null
  and jsonb_typeof(t."message") = 'object'
  and not t."message" ?| array['protocolMessage', 'reactionMessage']
  and t."remoteJid" not like '%@broadcast'

-- events of "Message" by "pkId" bigint
select
  t."sessionId" as tenant,
  'reaction' as kind,
  t."message" #>> '{reactionMessage,key,id}' as provider_message_id,
  t."remoteJid" as address,
  coalesce(t."key" ->> 'participant', t."participant") as actor,
  (t."key" ->> 'fromMe')::boolean as is_from_business,
  nullif(t."message" #>> '{reactionMessage,text}', '') as body,
  to_timestamp(t."messageTimestamp") as occurred_at
from theirs t
where t."message" ? 'reactionMessage'
