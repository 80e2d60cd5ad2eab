-- How many messages of a person nobody has read yet.
create or replace function onethread.count_unread(
  p_business_id bigint,
  p_conversation_id bigint,
  p_limit int default null
)
returns bigint
language plpgsql
stable
as $$
declare
  v_read onethread.conversation_read;
begin
  select r.* into v_read
  from onethread.conversation_read r
  where r.business_id = p_business_id and r.conversation_id = p_conversation_id;
  return (
    select count(*)
    from (
      select
      from public.whatsapp_message m
      where m.business_id = p_business_id
        and m.conversation_id = p_conversation_id
        and lower(m.direction) in ('in', 'inbound', 'incoming', 'received')
        and m.duplicate_of is null
        -- One that was stored with a time that cannot be has no place among the others.
        and onethread.is_plausible_time(m.sent_at)
        and (m.sent_at, m.id) > (
          coalesce(v_read.sent_at, '1970-01-01 00:00+00'), coalesce(v_read.message_id, 0))
      limit p_limit
    ) unread
  );
end;
$$;

comment on function onethread.count_unread(bigint, bigint, int) is
  'Inbound messages after the read mark, each once; counted up to the limit, null: all.';
