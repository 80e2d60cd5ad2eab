-- Which epoch of a phone is a time in?
create or replace function onethread.find_phone_epoch(
  p_state onethread.whatsapp_resolution,
  p_phone text,
  p_at timestamptz
)
returns int
language sql
immutable
parallel safe
as $$
select e.position::int
from unnest((p_state).phone, (p_state).phone_from)
  with ordinality as e (phone, valid_from, position)
where e.phone = p_phone
  and e.valid_from <= p_at
order by e.valid_from desc
limit 1
$$;

comment on function onethread.find_phone_epoch(onethread.whatsapp_resolution, text, timestamptz) is
  'Position, in the state''s arrays, of the epoch of this phone that holds at this time.';
