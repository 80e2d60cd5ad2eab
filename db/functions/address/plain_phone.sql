-- The phone of an address as nearly all are: digits, alone or before @s.whatsapp.net. Null: look closer.
--
-- One expression of few parts: most messages of known people cost no more than this and the probe of
-- the identity. So not for numbers that phone_match_key() has a rule for, and not for those among
-- which WhatsApp's own accounts are (is_service_user). Patterns (~) would take longer than all else.
create or replace function onethread.plain_phone(p_text text, p_is_international boolean)
returns text
language sql
immutable
parallel safe
as $$
select case
  when (
      substr(p_text, strpos(p_text, '@') + 1) in ('s.whatsapp.net', 'c.us')
      or p_is_international and strpos(p_text, '@') = 0
    )
    and btrim(split_part(p_text, '@', 1), '0123456789') = ''
    and length(split_part(p_text, '@', 1)) between 1 and 15
    and left(p_text, 1) <> '0'
    and left(p_text, 2) not in ('22', '52', '54', '55')
    and left(p_text, 4) not in ('1313', '1316', '1650', '2410')
    then '+' || split_part(p_text, '@', 1)
end
$$;

comment on function onethread.plain_phone(text, boolean) is
  'Phone, and match value, of a plain JID, or of bare digits when they are international; null for '
  'every other text, and for some of these, which read_address() reads.';
