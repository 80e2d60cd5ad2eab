-- What is left as it is when only some threads may meet: whatever would take another thread along.
create or replace function onethread.list_left_phones(p_conversation_ids bigint[])
returns text[]
language sql
stable
as $$
select coalesce(array_agg(distinct onethread.phone_change(s.business_id, s.before, s.after)), '{}')
from onethread.list_stale_phones() s
where s.other_conversation_id is not null
  and not array[s.conversation_id, s.other_conversation_id] <@ p_conversation_ids
$$;

comment on function onethread.list_left_phones(bigint[]) is
  'phone_change() of what list_stale_phones() lists and would meet another thread, unless both threads '
  'are among those given; empty for null, which names them all.';
