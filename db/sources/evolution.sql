-- Evolution API 2 (Prisma). Its tables may be in a schema of their own: --schema evolution_api.
-- tables: "Message", "IsOnWhatsapp"

-- messages
select
  "instanceId" as tenant,
  "key" ->> 'remoteJid' as thread,
  "key" ->> 'remoteJid' as address
from "Message"
where "key" ->> 'remoteJid' not like '%@broadcast'

-- evidence
-- The other name of the sender stands in the key; of a message of ours it would be our own.
select
  "instanceId" as tenant,
  "key" ->> 'remoteJid' as a,
  coalesce(
    "key" ->> 'remoteJidAlt',
    case when not ("key" ->> 'fromMe')::boolean then "key" ->> 'senderPn' end) as b
from "Message"
where "key" ->> 'remoteJid' not like '%@g.us'
union
-- Who has WhatsApp: all names under which one person was asked for.
select null, option.jid, w."remoteJid"
from "IsOnWhatsapp" w
cross join unnest(string_to_array(w."jidOptions", ',')) as option (jid)
where option.jid like '%@lid' and w."remoteJid" like '%@s.whatsapp.net'
