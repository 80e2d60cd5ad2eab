-- A stored number that is read as another one now, as one text: what is left as it is is told by it.
create or replace function onethread.phone_change(
  p_business_id bigint,
  p_before text,
  p_after text
)
returns text
language sql
immutable
parallel safe
return p_business_id || ' ' || coalesce(p_before, '') || ' ' || coalesce(p_after, '');

comment on function onethread.phone_change(bigint, text, text) is
  'Business, number before and after, as list_stale_phones() has them, in one text.';
