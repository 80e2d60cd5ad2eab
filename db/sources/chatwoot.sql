-- Chatwoot: WhatsApp inboxes of the Cloud API and Twilio, and API inboxes that a gateway fills.
-- tables: messages, contact_inboxes, channel_api

-- messages
-- In an API inbox source_id is a UUID: the contact's identifier is the JID. Its phone_number may be the
-- digits of a LID with a plus, so it comes last.
select
  m.account_id as tenant,
  m.conversation_id as thread,
  case
    when i.channel_type <> 'Channel::Api' then ci.source_id
    when c.identifier like '%@%' then c.identifier
    else c.phone_number
  end as address
from messages m
inner join conversations v on v.id = m.conversation_id
inner join inboxes i on i.id = v.inbox_id
inner join contact_inboxes ci on ci.id = v.contact_inbox_id
inner join contacts c on c.id = v.contact_id
where m.message_type in (0, 1, 3)
  and not m.private
  and i.channel_type in ('Channel::Whatsapp', 'Channel::Api', 'Channel::TwilioSms')

-- evidence
-- All inboxes of a contact are one person.
select
  c.account_id as tenant,
  'lead:' || c.id as a,
  case
    when i.channel_type <> 'Channel::Api' then ci.source_id
    when c.identifier like '%@%' then c.identifier
    else c.phone_number
  end as b
from contact_inboxes ci
inner join inboxes i on i.id = ci.inbox_id
inner join contacts c on c.id = ci.contact_id
where i.channel_type in ('Channel::Whatsapp', 'Channel::Api', 'Channel::TwilioSms')
