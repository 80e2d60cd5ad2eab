-- Evolution API 2 (Prisma). Its tables may be in a schema of their own: --schema evolution_api.
-- tables: "Message", "MessageUpdate", "IsOnWhatsapp", "Instance"
-- provider: evolution
-- digits: international

-- tenants of "Instance" by "id" text
select t."id" as key, t."id" as tenant, t."name" as name
from theirs t

-- numbers of "Instance" by "id" text
select t."id" as tenant, t."ownerJid" as address
from theirs t

-- evidence of "IsOnWhatsapp" by "id" text
-- Who has WhatsApp: all names under which one person was asked for.
select t."id" as key, option.jid as a, t."remoteJid" as b
from theirs t
cross join unnest(string_to_array(t."jidOptions", ',')) as option (jid)
where option.jid like '%@lid' and t."remoteJid" like '%@s.whatsapp.net'

-- messages of "Message" by "id" text
-- The other name of the sender stands in the key; of a message of ours it would be our own.
select
  t."id" as key,
  t."instanceId" as tenant,
  case when k.is_ours then 'outbound' else 'inbound' end as direction,
  k.jid as address,
  case
    when k.is_group and k.is_ours then null
    when k.is_group then array[t."key" ->> 'participantAlt', t."key" ->> 'participantPn']
    when k.is_ours then array[t."key" ->> 'remoteJidAlt']
    else array[t."key" ->> 'remoteJidAlt', t."key" ->> 'senderPn', t."key" ->> 'senderLid']
  end as aliases,
  case when k.is_group and not k.is_ours
    then coalesce(t."key" ->> 'participant', t."participant") end as participant,
  case when not k.is_ours then t."pushName" end as sender_name,
  case t."messageType"
    when 'conversation' then 'text'
    when 'extendedTextMessage' then 'text'
    when 'ptvMessage' then 'video'
    else replace(t."messageType", 'Message', '')
  end as kind,
  coalesce(
    t."message" ->> 'conversation',
    t."message" #>> '{extendedTextMessage,text}',
    t."message" #>> '{imageMessage,caption}',
    t."message" #>> '{videoMessage,caption}',
    t."message" #>> '{documentMessage,caption}') as body,
  case when t."message" ? 'mediaUrl'
    then jsonb_build_object('url', t."message" ->> 'mediaUrl') end as media,
  t."key" ->> 'id' as provider_message_id,
  t."contextInfo" ->> 'stanzaId' as reply_to,
  to_timestamp(t."messageTimestamp") as sent_at,
  case t."status"
    when 'SERVER_ACK' then 'sent'
    when 'DELIVERY_ACK' then 'delivered'
    when 'READ' then 'read'
    when 'PLAYED' then 'played'
    when 'ERROR' then 'failed'
  end as status
from theirs t
cross join lateral (
  select
    (t."key" ->> 'fromMe')::boolean as is_ours,
    t."key" ->> 'remoteJid' as jid,
    t."key" ->> 'remoteJid' like '%@g.us' as is_group
) k
where t."messageType" not in (
    'reactionMessage', 'protocolMessage', 'pollUpdateMessage', 'editedMessage')
  and k.jid not like '%@broadcast'

-- events of "Message" by "id" text
select
  t."instanceId" as tenant,
  'reaction' as kind,
  t."message" #>> '{reactionMessage,key,id}' as provider_message_id,
  t."key" ->> 'remoteJid' as address,
  t."key" ->> 'participant' as actor,
  (t."key" ->> 'fromMe')::boolean as is_from_business,
  nullif(t."message" #>> '{reactionMessage,text}', '') as body,
  to_timestamp(t."messageTimestamp") as occurred_at
from theirs t
where t."messageType" = 'reactionMessage'

-- events of "MessageUpdate" by "id" text
-- Of what came in only a delete is the sender's; who deleted a message of ours cannot be seen.
select
  t."instanceId" as tenant,
  e.kind as kind,
  t."keyId" as provider_message_id,
  t."remoteJid" as address,
  case when t."fromMe" then 'outbound' else 'inbound' end as target_direction,
  case when e.kind = 'revoked' then t."participant" end as actor
from theirs t
cross join lateral (
  select
    case t."status"
      when 'SERVER_ACK' then 'sent'
      when 'DELIVERY_ACK' then 'delivered'
      when 'READ' then 'read'
      when 'PLAYED' then 'played'
      when 'ERROR' then 'failed'
      when 'DELETED' then 'revoked'
    end as kind
) e
where t."fromMe" = (e.kind <> 'revoked')
