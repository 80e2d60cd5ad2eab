-- What there is to say about the sending of a message, besides its status: why it failed, or that the
-- provider gave it no id.
create or replace function onethread.delivery_note(
  p_message public.whatsapp_message,
  p_status text
)
returns text
language sql
stable
as $$
select e.body
from onethread.list_message_events(p_message) e
where p_status in ('failed', 'sent')
  and e.kind = p_status
  and e.body <> ''
order by e.occurred_at desc, e.id desc
limit 1
$$;

comment on function onethread.delivery_note(public.whatsapp_message, text) is
  'The text of the newest event failed or sent of a message that has this status: the reason, or '
  '"sent, id unknown"; else null.';
