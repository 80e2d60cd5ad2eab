-- record_shown_name() for messages that are stored and come under another identity.
create or replace function onethread.record_shown_names(p_business_id bigint, p_message_ids bigint[])
returns void
language plpgsql
as $$
begin
  perform onethread.record_shown_name(
    p_business_id, s.identity_id, s.id, s.name, onethread.plausible_time(s.sent_at, s.created_at))
  from (
    select distinct on (m.identity_id, left(m.sender_name, 255))
      m.identity_id, m.id, left(m.sender_name, 255) as name, m.sent_at, m.created_at
    from public.whatsapp_message m
    where m.business_id = p_business_id
      and m.id = any (p_message_ids)
      and m.sender_name is not null
      and lower(m.direction) in ('in', 'inbound', 'incoming', 'received')
      and m.identity_id is not null
      and m.participant is null
    order by m.identity_id, left(m.sender_name, 255), m.id
  ) s;
end;
$$;

comment on function onethread.record_shown_names(bigint, bigint[]) is
  'Keeps the names that came with these messages in shown_name, each once.';
