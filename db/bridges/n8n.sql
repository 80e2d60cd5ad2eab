-- n8n's Postgres Chat Memory; session_id is what the flow was told to take: a phone, or a JID.
-- tables: n8n_chat_histories
-- provider: n8n
-- digits: international

-- messages of n8n_chat_histories by id bigint
-- There is no time in it: of what was there before, the order is all that is known.
select
  t.id as key,
  case t.message ->> 'type' when 'human' then 'inbound' else 'outbound' end as direction,
  t.session_id as address,
  w.words as body,
  'n8n:' || t.id as provider_message_id,
  now() - make_interval(secs => (select max(o.id) from n8n_chat_histories o) - t.id) as sent_at,
  case t.message ->> 'type' when 'human' then 'webhook' else 'bot' end as source
from theirs t
cross join lateral (
  select coalesce(t.message ->> 'content', t.message #>> '{data,content}') as words
) w
where t.message ->> 'type' in ('human', 'ai')
  and w.words <> ''
