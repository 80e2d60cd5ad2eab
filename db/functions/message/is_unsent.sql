-- Does a message wait in the queue, or is a sender about to deliver it?
create or replace function onethread.is_unsent(p_status text)
returns boolean
language sql
immutable
parallel safe
return coalesce(p_status in ('queued', 'sending'), false);

comment on function onethread.is_unsent(text) is
  'True for the status of a message that is still to be sent: queued, sending.';
