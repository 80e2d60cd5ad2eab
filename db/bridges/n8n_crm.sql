-- The tables of n8n's templates for a CRM: a row has the customer's words and the bot's. Phones are
-- typed: name their country, --default-region BR.
-- tables: chat_messages, chats

-- messages of chat_messages by id bigint
-- One row is two messages; some flows fill in the answer later.
select
  t.id as key,
  w.part as part,
  w.direction as direction,
  t.phone as address,
  case when w.part = 'user' then t.nomewpp end as sender_name,
  w.words as body,
  'n8n:' || t.id || ':' || w.part as provider_message_id,
  t.created_at + case w.part when 'bot' then interval '1 ms' else '0' end as sent_at,
  case w.part when 'user' then 'webhook' else 'bot' end as source
from theirs t
cross join lateral (
  values ('user', 'inbound', t.user_message), ('bot', 'outbound', t.bot_message)
) as w (part, direction, words)
where w.words <> ''
