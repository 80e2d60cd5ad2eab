-- Who wrote when, to an hour, newest first: a loose scan of whatsapp_message_hour_idx.
--
-- One probe for each conversation in each hour, however many messages it has there; as many as
-- the caller reads.
create or replace function onethread.walk_hours(p_business_id bigint, p_until timestamptz)
returns table (hour timestamptz, conversation_id bigint)
language sql
stable
as $$
with recursive pair as (
  (
    select date_bin('1 hour', m.sent_at, '2000-01-01 00:00+00') as hour, m.conversation_id
    from public.whatsapp_message m
    where m.business_id = p_business_id
      and m.conversation_id is not null
      and m.duplicate_of is null
      and date_bin('1 hour', m.sent_at, '2000-01-01 00:00+00')
        <= date_bin('1 hour', p_until, '2000-01-01 00:00+00')
    order by date_bin('1 hour', m.sent_at, '2000-01-01 00:00+00') desc, m.conversation_id desc
    limit 1
  )
  union all
  select below.hour, below.conversation_id
  from pair
  cross join lateral (
    select date_bin('1 hour', m.sent_at, '2000-01-01 00:00+00') as hour, m.conversation_id
    from public.whatsapp_message m
    where m.business_id = p_business_id
      and m.conversation_id is not null
      and m.duplicate_of is null
      and (date_bin('1 hour', m.sent_at, '2000-01-01 00:00+00'), m.conversation_id)
        < (pair.hour, pair.conversation_id)
    order by date_bin('1 hour', m.sent_at, '2000-01-01 00:00+00') desc, m.conversation_id desc
    limit 1
  ) below
)
select p.hour, p.conversation_id
from pair p
$$;

comment on function onethread.walk_hours(bigint, timestamptz) is
  'Each hour, from the one of that time back, with each conversation that has a message in it; always '
  'with a limit.';
