-- What libphonenumber thinks of a number: valid, possible, local_only, impossible or unparseable.
--
-- "local_only" is a number that works only within its area (2530000 in the US): dialled from
-- elsewhere it is nobody, so it is no identity. "valid" wins over it, as some are both.
create or replace function onethread.phone_status(raw text, default_region text)
returns text
language sql
immutable
parallel safe
as $$
  select coalesce((onethread.phone_parse(raw, default_region))[2], 'unparseable')
$$;

comment on function onethread.phone_status(text, text) is
  'valid | possible | local_only | impossible | unparseable, for a number dialled in a region.';
