-- baileys-api (Prisma).
-- tables: "Message", "Chat" ("lidJid")

-- messages
select "sessionId" as tenant, "remoteJid" as thread, "remoteJid" as address
from "Message"

-- evidence
select "sessionId" as tenant, "remoteJid" as a, "key" ->> 'remoteJidAlt' as b
from "Message"
where "remoteJid" not like '%@g.us'
union
select "sessionId", "id", other.jid
from "Chat"
cross join unnest(array["lidJid", "pnJid"]) as other (jid)
