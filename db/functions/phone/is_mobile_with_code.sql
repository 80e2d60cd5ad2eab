-- Is this a mobile number of the region with the region's calling code before it, as a WhatsApp id is?
--
-- Asked only where such digits are also a valid number of the region as they stand, and nobody dials
-- the trunk prefix before them: 4915112345678 in Germany. These are all regions in which the rest has
-- eight digits or more; tests/phone/test_typed_phone.py asks libphonenumber about every region.
create or replace function onethread.is_mobile_with_code(p_digits text, p_region text)
returns boolean
language sql
immutable
parallel safe
as $$
select case p_region
  when 'DE' then p_digits collate "C" ~
    '^49(?:1(?:6[023]|7[0-9])[0-9]{7,8}|15(?:[0-25-9][0-9]{2}|3(?:10|33)|410)[0-9]{6})$'
  when 'ID' then p_digits collate "C" ~ '^628[1-35-9][0-9]{7,10}$'
  when 'XK' then p_digits collate "C" ~ '^3834[3-9][0-9]{6}$'
  else false
end
$$;

comment on function onethread.is_mobile_with_code(text, text) is
  'True for the calling code and a mobile number of Germany, Indonesia or Kosovo: the regions where '
  'these digits are also a valid number without the code.';
