-- The newest 50 messages that the person wrote: what an answer goes by.
create or replace function onethread.list_asked(p_business_id bigint, p_conversation_id bigint)
returns setof public.whatsapp_message
language sql
stable
rows 50
as $$
select m.*
from public.whatsapp_message m
where m.business_id = p_business_id
  and m.conversation_id = p_conversation_id
  and lower(m.direction) in ('in', 'inbound', 'incoming', 'received')
  and m.duplicate_of is null
order by m.sent_at desc, m.id desc
limit 50
$$;

comment on function onethread.list_asked(bigint, bigint) is
  'The newest 50 inbound messages of a conversation, newest first.';
