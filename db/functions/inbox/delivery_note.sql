-- What there is to say about the sending of a message, besides its status: why it failed, or that the
-- provider gave it no id.
create or replace function onethread.delivery_note(
  p_business_id bigint,
  p_provider_message_id text,
  p_status text
)
returns text
language sql
stable
as $$
select e.body
from public.whatsapp_message_event e
where p_status in ('failed', 'sent')
  and e.business_id = p_business_id
  and e.provider_message_id = p_provider_message_id
  and length(e.provider_message_id) <= 255
  and e.kind = p_status
  and e.body <> ''
order by e.occurred_at desc, e.id desc
limit 1
$$;

comment on function onethread.delivery_note(bigint, text, text) is
  'The text of the newest event failed or sent of a message that has this status: the reason, or '
  '"sent, id unknown"; else null.';
