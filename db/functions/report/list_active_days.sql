-- The days on which a business has messages, by its own clock.
--
-- A message that is stored with a time that cannot be belongs to the day of its arrival, where no index
-- finds it: so each day names those.
create or replace function onethread.list_active_days(p_business_id bigint, p_time_zone text)
returns table (day date, misdated bigint[])
language sql
stable
rows 1000
as $$
select coalesce(w.day, x.day), coalesce(x.ids, '{}')
from onethread.walk_days(p_business_id, p_time_zone) as w (day)
full join (
  select (m.sent_at at time zone p_time_zone)::date as day, array_agg(m.id) as ids
  from onethread.list_misdated_messages(p_business_id) m
  group by 1
) x on x.day = w.day
order by 1
$$;

comment on function onethread.list_active_days(bigint, text) is
  'Days with at least one message, oldest first, and the ids of the messages that belong to them '
  'though they are stored with another time; a day begins at midnight in the time zone.';
