-- Is this an answer that waits in the queue, or that a sender is about to deliver?
--
-- A status of that name on what a person wrote is a CRM's own word: nobody sends it.
create or replace function onethread.is_unsent(p_direction text, p_status text)
returns boolean
language sql
immutable
parallel safe
as $$
select coalesce(
  p_status in ('queued', 'sending')
    and onethread.message_direction(p_direction) is distinct from 'inbound',
  false)
$$;

comment on function onethread.is_unsent(text, text) is
  'True for a message that is still to be sent: its status is queued or sending, and it is not '
  'inbound.';
