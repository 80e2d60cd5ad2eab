-- Does the key name a phone?
create or replace function onethread.is_phone_key(p_key text)
returns boolean
language sql
immutable
parallel safe
return left(p_key, 6) = 'phone:';

comment on function onethread.is_phone_key(text) is 'True for identifier_key() of a phone.';
