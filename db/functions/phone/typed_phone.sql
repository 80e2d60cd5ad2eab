-- A phone number as a person or a provider writes it (no JID) -> + and digits.
--
-- normalize_phone() alone is not enough for two kinds of text:
--  * bare digits may be national or international, and a region read into a foreign number makes
--    a wrong one: a valid reading wins over a merely possible one;
--  * a number with + that the numbering plans do not know may still be a real WhatsApp account
--    (Brazil without the ninth digit, Mexico's 521): it is kept as it came.
create or replace function onethread.typed_phone(p_text text, p_default_region text)
returns text
language plpgsql
immutable
parallel safe
as $$
declare
  v_text text collate "C" := p_text;
  v_phone text collate "C";
  v_parsed text[];
  v_abroad text[];
begin
  if btrim(v_text, '0123456789') = '' then
    if p_default_region is null then
      return case when onethread.is_wa_id(v_text) then '+' || v_text end;
    end if;
    v_parsed := onethread.phone_parse(v_text, p_default_region);
    if v_parsed[2] = 'valid' then
      return v_parsed[1];
    end if;
    v_abroad := onethread.phone_parse('+' || v_text, null);
    return case when v_abroad[2] = 'valid' then v_abroad[1] else v_parsed[1] end;
  end if;

  v_phone := onethread.normalize_phone(v_text, p_default_region);
  if v_phone is null
    and left(v_text, 1) = '+'
    and btrim(v_text, '+0123456789 ()-.') = ''
    and onethread.phone_status(v_text, null) <> 'unparseable'
  then
    v_phone := '+' || translate(v_text, '+ ()-.', '');
  end if;
  return v_phone;
end;
$$;

comment on function onethread.typed_phone(text, text) is
  'Phone of a text without @: + and digits, or null. Bare digits: a wa_id when the region is null, '
  'else valid in the region, else valid as international, else possible in the region.';
