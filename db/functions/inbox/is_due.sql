-- Is it time for a queued message? Or is the lease over of whoever took it?
--
-- What is in no conversation need not wait: it fails.
create or replace function onethread.is_due(p_message public.whatsapp_message)
returns boolean
language sql
volatile
return p_message.send_after is null
  or p_message.send_after <= clock_timestamp()
  or p_message.status = 'queued' and p_message.conversation_id is null;

comment on function onethread.is_due(public.whatsapp_message) is
  'True for a queued message whose send_after has come, and for one that is being sent longer than '
  'its lease.';
