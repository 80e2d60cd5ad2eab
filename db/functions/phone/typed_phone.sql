-- A phone number as a person or a provider writes it (no JID) -> + and digits.
--
-- normalize_phone() alone is not enough for two kinds of text:
--  * bare digits may be national or international, and a region read into a foreign number makes
--    a wrong one: a valid reading wins over a merely possible one, and the region's own mobile
--    numbers with their calling code over what they would be without it. When nothing else reads,
--    they may be a WhatsApp id that no plan knows (Mexico's 521);
--  * a number with + that the numbering plans do not know may still be a real WhatsApp account
--    (Brazil without the ninth digit, Mexico's 521): it is kept as it came.
--
-- E.164 ends at 15 digits. What is longer is nobody: a BSUID whose country was cut off, a typing error.
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
    v_phone := v_parsed[1];
    if v_parsed[2] = 'valid' then
      if onethread.is_mobile_with_code(v_text, p_default_region) then
        v_phone := '+' || v_text;
      end if;
    else
      v_abroad := onethread.phone_parse('+' || v_text, null);
      if v_abroad[2] = 'valid' then
        v_phone := v_abroad[1];
      elsif v_phone is null
        and onethread.phone_status(onethread.phone_match_key('+' || v_text), null) = 'valid'
      then
        v_phone := '+' || v_text;
      end if;
    end if;
    return case when length(v_phone) <= 16 then v_phone end;
  end if;

  v_phone := onethread.normalize_phone(v_text, p_default_region);
  if v_phone is null
    and left(v_text, 1) = '+'
    and btrim(v_text, '+0123456789 ()-.') = ''
    and onethread.phone_status(v_text, null) <> 'unparseable'
  then
    v_phone := '+' || translate(v_text, '+ ()-.', '');
  end if;
  return case when length(v_phone) <= 16 then v_phone end;
end;
$$;

comment on function onethread.typed_phone(text, text) is
  'Phone of a text without @: + and at most 15 digits, or null. Bare digits: a wa_id when the region '
  'is null, else valid in the region (its own mobile numbers with calling code: those), else valid as '
  'international, else possible in the region, else a WhatsApp id that phone_match_key() makes valid.';
