-- WuzAPI, and any program on whatsmeow that keeps its messages so: its store is beside.
-- tables: message_history, whatsmeow_lid_map

-- messages
select user_id as tenant, chat_jid as thread, chat_jid as address
from message_history

-- evidence
select null as tenant, lid || '@lid' as a, pn || '@s.whatsapp.net' as b
from whatsmeow_lid_map
union
-- Of messages whose event was kept.
select user_id, chat_jid, substring(datajson from '"(?:RecipientAlt|SenderAlt)": ?"([^"]+)"')
from message_history
where chat_jid not like '%@g.us'
