-- The address of the other side of a message, before anything is known about it.
create or replace function onethread.message_counterpart(
  p_direction text,
  p_from_number text,
  p_to_number text
)
returns text
language sql
immutable
parallel safe
as $$
select case onethread.message_direction(p_direction)
  when 'inbound' then coalesce(nullif(p_from_number, ''), p_to_number)
  when 'outbound' then p_to_number
  -- A word nobody knows: only an address that stands alone can be meant.
  else case when coalesce(p_from_number, '') = '' then p_to_number
    when coalesce(p_to_number, '') = '' then p_from_number end
end
$$;

comment on function onethread.message_counterpart(text, text, text) is
  'Raw address of the counterpart: the sender of an inbound message (or to_number when a writer '
  'fills only that), the receiver of an outbound one; null when the direction is unknown and both '
  'sides are given.';
