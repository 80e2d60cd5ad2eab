-- When was a message sent? Of a row that is older than its column sent_at, until
-- link_unlinked_messages() comes to it, only is known when it was stored. So it is with a time that
-- cannot be: a CRM's own, from before Onethread, or one that was stored while the triggers were off.
--
-- Messages stand in the order of sent_at as it is stored, which the indexes have; for people and
-- programs to read is this.
create or replace function onethread.message_sent_at(p_message public.whatsapp_message)
returns timestamptz
language sql
stable
as $$
select case
  when onethread.is_plausible_time(p_message.sent_at) and not p_message.is_backfill_pending
    then p_message.sent_at
  when onethread.is_plausible_time(p_message.created_at::timestamptz)
    then p_message.created_at::timestamptz
  else '1970-01-01 00:00+00'
end
$$;

comment on function onethread.message_sent_at(public.whatsapp_message) is
  'sent_at; for a row that is older than this column, or has a time that cannot be, created_at.';
