-- Chatwoot: WhatsApp inboxes of the Cloud API and Twilio, and API inboxes that a gateway fills.
-- tables: messages, contact_inboxes, channel_api
-- provider: chatwoot
-- digits: international

-- tenants of accounts by id bigint
select t.id as key, t.id as tenant, t.name as name
from theirs t

-- numbers of channel_whatsapp by id bigint
select t.account_id as tenant, t.phone_number as address
from theirs t

-- contacts of contacts by id bigint
-- A gateway makes a phone of the digits of a LID: it is not believed beside one.
select
  t.id as key,
  t.account_id as tenant,
  t.name as name,
  case when t.identifier like '%@lid' then null else t.phone_number end as phone
from theirs t
where t.identifier like '%@g.us' is not true

-- evidence of contacts by id bigint
select t.id as key, t.account_id as tenant, 'lead:' || t.id as a, t.identifier as b
from theirs t
where t.identifier ~ '@(lid|s[.]whatsapp[.]net|c[.]us)$'

-- evidence of contact_inboxes by id bigint
-- All inboxes of a contact are one person.
select
  t.id as key,
  i.account_id as tenant,
  'lead:' || t.contact_id as a,
  case when t.source_id ~ '^[0-9]+$' then '+' || t.source_id else t.source_id end as b
from theirs t
inner join inboxes i on i.id = t.inbox_id
where i.channel_type = 'Channel::Whatsapp'
  or i.channel_type = 'Channel::TwilioSms' and t.source_id like 'whatsapp:%'

-- messages of messages by id bigint
-- In an API inbox source_id is a UUID: the contact's identifier is the JID, its phone comes last. An id
-- that several rows have is that of the first. Who deletes in Chatwoot is of the business, or a gateway
-- that tells what the sender did: of what came in it is taken for the sender.
select
  t.id as key,
  t.account_id as tenant,
  case t.message_type when 0 then 'inbound' else 'outbound' end as direction,
  a.address as address,
  case when t.message_type = 0 then c.name end as sender_name,
  coalesce(
    (
      select (array['image', 'audio', 'video', 'document', 'location'])[f.file_type + 1]
      from attachments f
      where f.message_id = t.id
      order by f.id
      limit 1
    ),
    case when t.content <> '' then 'text' else 'unknown' end) as kind,
  t.content as body,
  case
    when t.source_id <> '' and not exists (
      select from messages o where o.source_id = t.source_id and o.id < t.id
    ) then regexp_replace(t.source_id, '^WAID:', '')
    else 'chatwoot:' || t.id
  end as provider_message_id,
  regexp_replace(t.content_attributes ->> 'in_reply_to_external_id', '^WAID:', '') as reply_to,
  t.created_at at time zone 'UTC' as sent_at,
  case
    when t.message_type = 3 then 'automation'
    when t.sender_type = 'User' then 'agent'
    when t.sender_type in ('AgentBot', 'Captain::Assistant') then 'bot'
    when t.sender_type = 'Contact' then 'webhook'
    else 'gateway'
  end as source,
  case when a.address not like '%@g.us' then c.id end as lead,
  (array['sent', 'delivered', 'read', 'failed'])[t.status + 1] as status,
  (t.content_attributes ->> 'deleted')::boolean as is_deleted
from theirs t
inner join conversations v on v.id = t.conversation_id
inner join inboxes i on i.id = v.inbox_id
inner join contact_inboxes ci on ci.id = v.contact_inbox_id
inner join contacts c on c.id = v.contact_id
cross join lateral (
  select
    case
      when i.channel_type = 'Channel::Whatsapp' then ci.source_id
      when i.channel_type = 'Channel::TwilioSms' and ci.source_id like 'whatsapp:%' then ci.source_id
      when i.channel_type <> 'Channel::Api' then null
      when c.identifier ~ '@(lid|g[.]us|s[.]whatsapp[.]net|c[.]us)$' then c.identifier
      else c.phone_number
    end as address
) a
where t.message_type in (0, 1, 3)
  and not t.private
  and a.address <> ''
