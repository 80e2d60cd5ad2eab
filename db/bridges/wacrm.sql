-- wacrm (Supabase). Phones are typed: name their country, --default-region BR.
-- tables: messages, conversations, contacts, accounts

-- tenants of accounts by id uuid
select t.id as key, t.id as tenant, t.name as name
from theirs t

-- contacts of contacts by id uuid
select t.id as key, t.account_id as tenant, t.name as name, nullif(t.phone, '') as phone
from theirs t

-- evidence of contacts by id uuid
select t.id as key, t.account_id as tenant, 'lead:' || t.id as a, t.whatsapp_user_id as b
from theirs t

-- messages of messages by id uuid
-- WhatsApp's id comes by a later UPDATE.
select
  t.id as key,
  v.account_id as tenant,
  case t.sender_type when 'customer' then 'inbound' else 'outbound' end as direction,
  coalesce(nullif(v.whatsapp_recipient_id, ''), nullif(c.phone, ''), c.whatsapp_user_id) as address,
  case when t.sender_type = 'customer' then c.name end as sender_name,
  t.content_type as kind,
  t.content_text as body,
  case when t.media_url <> '' then jsonb_build_object('url', t.media_url) end as media,
  coalesce(nullif(t.message_id, ''), t.id::text) as provider_message_id,
  t.created_at as sent_at,
  case t.sender_type when 'customer' then 'webhook' else t.sender_type end as source,
  c.id as lead,
  t.status as status
from theirs t
inner join conversations v on v.id = t.conversation_id
inner join contacts c on c.id = v.contact_id
