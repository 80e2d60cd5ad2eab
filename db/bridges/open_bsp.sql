-- open-bsp-api (Supabase).
-- tables: messages, contacts_addresses, organizations_addresses
-- provider: open_bsp
-- digits: international

-- tenants of organizations by id uuid
select t.id as key, t.id as tenant, t.name as name
from theirs t

-- numbers of organizations_addresses by organization_id uuid, address text
select
  t.organization_id as tenant,
  coalesce(t.extra ->> 'phone_number', case when t.service::text = 'whatsapp-web' then t.address end)
    as address
from theirs t

-- contacts of contacts by id uuid
select t.id as key, t.organization_id as tenant, t.name as name
from theirs t

-- evidence of contacts_addresses by organization_id uuid, address text
select
  t.organization_id || '/' || t.address as key,
  t.organization_id as tenant,
  e.a as a,
  e.b as b,
  e.relation as relation
from theirs t
cross join lateral (
  values
    ('+' || ltrim(t.extra ->> 'phone_number', '+'), t.extra ->> 'bsuid', 'same'),
    (t.extra ->> 'bsuid', t.extra ->> 'replaced_by_bsuid', 'replaced'),
    (
      'lead:' || t.contact_id,
      case when t.address ~ '^[0-9]+$' then '+' || t.address else t.address end,
      'same'
    )
) as e (a, b, relation)
where t.service::text in ('whatsapp', 'whatsapp-web')

-- messages of messages by id uuid
-- An answer is stored before it is sent: WhatsApp's id comes later.
select
  t.id as key,
  t.organization_id as tenant,
  case t.direction::text when 'incoming' then 'inbound' else 'outbound' end as direction,
  coalesce(t.group_address, t.contact_address) as address,
  case when t.group_address is not null and t.direction::text = 'incoming'
    then t.contact_address end as participant,
  case t.content ->> 'type'
    when 'file' then coalesce(t.content ->> 'kind', 'document')
    else 'text'
  end as kind,
  t.content ->> 'text' as body,
  t.content -> 'file' as media,
  coalesce(t.external_id, t.id::text) as provider_message_id,
  t.content ->> 're_message_id' as reply_to,
  t."timestamp" as sent_at,
  case
    when t.direction::text = 'incoming' then 'webhook'
    when a.ai then 'bot'
    when a.id is not null then 'agent'
    else 'gateway'
  end as source,
  case
    when t.status ->> 'failed' is not null then 'failed'
    when t.status ->> 'read' is not null then 'read'
    when t.status ->> 'delivered' is not null then 'delivered'
    when coalesce(t.status ->> 'sent', t.status ->> 'accepted') is not null then 'sent'
  end as status,
  t.status ->> 'deleted' is not null and t.direction::text = 'incoming' as is_deleted
from theirs t
left join agents a on a.id = t.agent_id
where t.service::text in ('whatsapp', 'whatsapp-web')
  and t.direction::text <> 'internal'
