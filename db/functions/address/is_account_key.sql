-- Does the key name a WhatsApp account? A phone is only something that an account has for a while.
create or replace function onethread.is_account_key(p_key text)
returns boolean
language sql
immutable
parallel safe
return split_part(p_key, ':', 1) in ('lid', 'bsuid');

comment on function onethread.is_account_key(text) is
  'True for identifier_key() of a lid or bsuid.';
