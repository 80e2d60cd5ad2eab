-- Has the business said this, or is it still to be sent?
create or replace function onethread.is_sent_message(p_direction text, p_status text)
returns boolean
language sql
immutable
parallel safe
as $$
select onethread.message_direction(p_direction) = 'outbound'
  and coalesce(p_status, '') not in ('queued', 'sending', 'failed')
$$;

comment on function onethread.is_sent_message(text, text) is
  'True for an outbound message, by its direction and its column status, unless it is queued or its '
  'sending failed.';
