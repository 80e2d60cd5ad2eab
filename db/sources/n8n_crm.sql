-- The tables of n8n's templates for a CRM: a row has the customer's words and the bot's.
-- tables: chat_messages, chats

-- messages
select phone as thread, phone as address
from chat_messages
cross join unnest(array[user_message, bot_message]) as words
where words <> ''
