-- Which conversations have somebody in them who was not read, or not answered?
--
-- Asks every conversation, with two or three probes. One plan for all: of a business that is younger than
-- the statistics the planner thinks that it has one row.
create or replace function onethread.list_open(p_business_id bigint)
returns table (conversation_id bigint, is_unread boolean, is_waiting boolean)
language plpgsql
stable
rows 100
set plan_cache_mode = 'force_generic_plan'
set enable_seqscan = 'off'
set jit = 'off'
as $$
begin
  return query
  select o.id, o.is_unread, o.is_waiting
  from (
    select
      c.id::bigint,
      (asked.sent_at, asked.id) > (
        coalesce(r.sent_at, '1970-01-01 00:00+00'), coalesce(r.message_id, 0)) as is_unread,
      c.kind = 'person' and not exists (
        select
        from public.whatsapp_message s
        where s.business_id = p_business_id
          and s.conversation_id = c.id
          and s.duplicate_of is null
          and (s.sent_at, s.id) > (asked.sent_at, asked.id)
          and onethread.is_answer(s.direction, s.status, s.source)
        offset 0
      ) as is_waiting
    from public.whatsapp_conversation c
    cross join lateral (
      select m.sent_at, m.id
      from public.whatsapp_message m
      where m.business_id = p_business_id
        and m.conversation_id = c.id
        and lower(m.direction) in ('in', 'inbound', 'incoming', 'received')
        and m.duplicate_of is null
        and onethread.is_plausible_time(m.sent_at)
      order by m.sent_at desc, m.id desc
      limit 1
    ) asked
    left join onethread.conversation_read r
      on r.business_id = p_business_id and r.conversation_id = c.id
    where c.business_id = p_business_id
  ) o
  where o.is_unread or o.is_waiting;
end;
$$;

comment on function onethread.list_open(bigint) is
  'Conversations in which the last message of the other side has not been read, or, of a person, not '
  'been answered by anybody (as crm_unanswered: what is queued or failed, or an automation sends, is '
  'no answer).';
