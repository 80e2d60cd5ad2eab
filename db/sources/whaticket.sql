-- Whaticket and its SaaS editions (Sequelize).
-- tables: "Messages", "Tickets", "Contacts"

-- messages
-- Contacts.number is the digits of a phone or of a LID: rows that are older than the column remoteJid take
-- what other messages of their ticket say, and the number only when none does.
select
  m."companyId" as tenant,
  m."ticketId" as thread,
  coalesce(nullif(m."remoteJid", ''), known.jid, c."number" || '@s.whatsapp.net') as address
from "Messages" m
inner join "Tickets" t on t."id" = m."ticketId"
inner join "Contacts" c on c."id" = t."contactId"
left join (
  select "ticketId", min("remoteJid") as jid
  from "Messages"
  where "remoteJid" <> ''
  group by "ticketId"
) known on known."ticketId" = m."ticketId"

-- evidence
select
  m."companyId" as tenant,
  m."remoteJid" as a,
  substring(m."dataJson" from '"(?:senderPn|senderLid|remoteJidAlt)": ?"([^"]+)"') as b
from "Messages" m
where m."remoteJid" not like '%@g.us'
