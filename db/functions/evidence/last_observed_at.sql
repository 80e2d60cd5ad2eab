-- When was something seen of these people last? A human who speaks of them has seen it.
create or replace function onethread.last_observed_at(p_business_id bigint, p_keys text[])
returns timestamptz
language sql
stable
as $$
select max(e.observed_at)
from unnest(onethread.load_evidence(
  p_business_id, onethread.identity_component(p_business_id, p_keys))) as e
$$;

comment on function onethread.last_observed_at(bigint, text[]) is
  'The time of the latest evidence about whom the keys connect, whose clock may be ahead of ours; null '
  'when there is none.';
