-- Is this an answer for a later time, whose time has not come?
create or replace function onethread.is_scheduled(p_status text, p_send_after timestamptz)
returns boolean
language sql
stable
as $$
select coalesce(p_status = 'queued' and p_send_after > now(), false)
$$;

comment on function onethread.is_scheduled(text, timestamptz) is
  'True for a queued message that is not to be sent before a time that is still to come.';
