-- From when on does a human's word count? After all that was seen of these people when it was said.
create or replace function onethread.answer_time(p_business_id bigint, p_keys text[])
returns timestamptz
language sql
volatile
as $$
select greatest(clock_timestamp(), max(e.observed_at))
from unnest(onethread.load_evidence(
  p_business_id, onethread.identity_component(p_business_id, p_keys))) as e
$$;

comment on function onethread.answer_time(bigint, text[]) is
  'Now, or the time of the latest evidence about whom the keys connect, whose clock may be ahead.';
