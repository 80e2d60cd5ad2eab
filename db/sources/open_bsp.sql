-- open-bsp-api (Supabase).
-- tables: messages, contacts_addresses, organizations_addresses

-- messages
select
  organization_id as tenant,
  conversation_id as thread,
  coalesce(group_address, contact_address) as address
from messages
where service::text in ('whatsapp', 'whatsapp-web') and direction::text <> 'internal'

-- evidence
select organization_id as tenant, extra ->> 'phone_number' as a, extra ->> 'bsuid' as b
from contacts_addresses
union
select organization_id, extra ->> 'bsuid', extra ->> 'replaced_by_bsuid'
from contacts_addresses
union
select organization_id, 'lead:' || contact_id, address
from contacts_addresses
where service::text in ('whatsapp', 'whatsapp-web')
