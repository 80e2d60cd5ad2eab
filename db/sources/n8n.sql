-- n8n's Postgres Chat Memory; session_id is what the flow was told to take: a phone, or a JID.
-- tables: n8n_chat_histories

-- messages
select session_id as thread, session_id as address
from n8n_chat_histories
where message ->> 'type' in ('human', 'ai')
