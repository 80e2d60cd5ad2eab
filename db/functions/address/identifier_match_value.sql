-- What makes two spellings of an identifier the same account.
create or replace function onethread.identifier_match_value(p_kind text, p_value text)
returns text
language sql
immutable
parallel safe
as $$
select case when p_kind = 'phone' then onethread.phone_match_key(p_value) else p_value end
$$;

comment on function onethread.identifier_match_value(text, text) is
  'phone_match_key(value) for a phone, the value itself for every other kind.';
