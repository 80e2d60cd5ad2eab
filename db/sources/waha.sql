-- WAHA, the store of its NOWEB engine: one session a database or schema.
-- tables: messages, chats, lid_map

-- messages
select jid as thread, jid as address
from messages

-- evidence
select id as a, pn as b
from lid_map
union
select jid, data #>> '{key,remoteJidAlt}'
from messages
where jid not like '%@g.us'
