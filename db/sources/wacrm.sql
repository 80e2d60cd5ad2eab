-- wacrm (Supabase). Phones are typed: name their country, --default-region BR.
-- tables: messages, conversations, contacts (whatsapp_user_id)

-- messages
select
  v.account_id as tenant,
  v.id as thread,
  coalesce(v.whatsapp_recipient_id, c.phone, c.whatsapp_user_id) as address,
  true as is_typed
from messages m
inner join conversations v on v.id = m.conversation_id
inner join contacts c on c.id = v.contact_id

-- evidence
select c.account_id as tenant, 'lead:' || c.id as a, other.name as b, true as is_typed
from contacts c
cross join unnest(array[c.phone, c.whatsapp_user_id]) as other (name)
