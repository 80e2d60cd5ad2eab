-- When was a message sent? Rows that are older than the column have -infinity in it until
-- link_unlinked_messages() comes to them; what they have is when they were stored.
create or replace function onethread.message_sent_at(p_message public.whatsapp_message)
returns timestamptz
language plpgsql
stable
as $$
begin
  return case when p_message.sent_at > '1970-01-01 00:00+00' then p_message.sent_at
    else coalesce(p_message.created_at::timestamptz, '1970-01-01 00:00+00') end;
end;
$$;

comment on function onethread.message_sent_at(public.whatsapp_message) is
  'sent_at, for a row that is older than this column created_at.';
