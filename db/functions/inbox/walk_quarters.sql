-- Who wrote when, to a quarter of an hour, newest first: a loose scan of whatsapp_message_quarter_idx.
--
-- One probe for each conversation in each quarter, however many messages it has there; as many as
-- the caller reads.
create or replace function onethread.walk_quarters(p_business_id bigint, p_until timestamptz)
returns table (quarter timestamptz, conversation_id bigint)
language sql
stable
as $$
with recursive pair as (
  (
    select date_bin('15 min', m.sent_at, '2000-01-01 00:00+00') as quarter, m.conversation_id
    from public.whatsapp_message m
    where m.business_id = p_business_id
      and m.conversation_id is not null
      and m.duplicate_of is null
      and date_bin('15 min', m.sent_at, '2000-01-01 00:00+00')
        <= date_bin('15 min', p_until, '2000-01-01 00:00+00')
    order by date_bin('15 min', m.sent_at, '2000-01-01 00:00+00') desc, m.conversation_id desc
    limit 1
  )
  union all
  select below.quarter, below.conversation_id
  from pair
  cross join lateral (
    select date_bin('15 min', m.sent_at, '2000-01-01 00:00+00') as quarter, m.conversation_id
    from public.whatsapp_message m
    where m.business_id = p_business_id
      and m.conversation_id is not null
      and m.duplicate_of is null
      and (date_bin('15 min', m.sent_at, '2000-01-01 00:00+00'), m.conversation_id)
        < (pair.quarter, pair.conversation_id)
    order by date_bin('15 min', m.sent_at, '2000-01-01 00:00+00') desc, m.conversation_id desc
    limit 1
  ) below
)
select p.quarter, p.conversation_id
from pair p
$$;

comment on function onethread.walk_quarters(bigint, timestamptz) is
  'Each quarter of an hour, from the one of that time back, with each conversation that has a '
  'message in it; always with a limit.';
