-- Whaticket and its SaaS editions (Sequelize).
-- tables: "Messages", "Tickets", "Contacts", "Companies"
-- provider: whaticket
-- digits: international

-- tenants of "Companies" by "id" bigint
select t."id" as key, t."id" as tenant, t."name" as name
from theirs t

-- numbers of "Whatsapps" by "id" bigint
select t."companyId" as tenant, t."number" as address
from theirs t
where t."number" ~ '^[0-9]+$'

-- messages of "Messages" by "id" text
-- Contacts.number is the digits of a phone or of a LID: rows that are older than the column remoteJid take
-- what other messages of their ticket say, and the number only when none does, and it can be a phone.
-- Deletes and edits are the sender's only in what came in.
select
  t."id" as key,
  t."companyId" as tenant,
  case when t."fromMe" then 'outbound' else 'inbound' end as direction,
  coalesce(
    nullif(t."remoteJid", ''),
    k.key ->> 'remoteJid',
    (
      select o."remoteJid"
      from "Messages" o
      where o."ticketId" = t."ticketId" and o."remoteJid" <> ''
      limit 1
    ),
    case
      when p."isGroup" then tc."number" || '@g.us'
      when length(tc."number") < 14 then tc."number" || '@s.whatsapp.net'
    end) as address,
  case
    when p."isGroup" and t."fromMe" then null
    when p."isGroup" then array[k.key ->> 'participantPn', k.key ->> 'participantAlt']
    when t."fromMe" then array[k.key ->> 'remoteJidAlt']
    else array[k.key ->> 'remoteJidAlt', k.key ->> 'senderPn', k.key ->> 'senderLid']
  end as aliases,
  case when p."isGroup" and not t."fromMe"
    then coalesce(t."participant", k.key ->> 'participant') end as participant,
  case when not t."fromMe" then c."name" end as sender_name,
  case
    when t."mediaType" in ('conversation', 'extendedTextMessage', 'chat') then 'text'
    else coalesce(t."mediaType", 'text')
  end as kind,
  t."body" as body,
  case when t."mediaUrl" <> '' then jsonb_build_object('url', t."mediaUrl") end as media,
  t."id" as provider_message_id,
  t."quotedMsgId" as reply_to,
  t."createdAt" as sent_at,
  (array['sent', 'delivered', 'read', 'played'])[t."ack" - 1] as status,
  t."isDeleted" and not t."fromMe" as is_deleted
from theirs t
inner join "Tickets" p on p."id" = t."ticketId"
left join "Contacts" tc on tc."id" = p."contactId"
left join "Contacts" c on c."id" = t."contactId"
cross join lateral (select onethread_bridge.read_json(t."dataJson") -> 'key' as key) k
