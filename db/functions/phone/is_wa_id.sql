-- Digits as WhatsApp writes an account's phone: calling code first, no plus.
create or replace function onethread.is_wa_id(p_digits text)
returns boolean
language sql
immutable
parallel safe
as $$
select length(p_digits) between 1 and 15
  and left(p_digits, 1) <> '0'
  and btrim(p_digits, '0123456789') = ''
$$;

comment on function onethread.is_wa_id(text) is
  'True for 1 to 15 digits that do not begin with 0. No check against a numbering plan: real ids '
  'of Brazil and Mexico would not pass one.';
