-- Any spelling of a phone number -> {normalized, status, parsed}; null if it is not a number.
--
--   normalized  E.164, or null when the status is local_only or impossible
--   status      valid | possible | local_only | impossible
--   parsed      E.164 whatever the status
--
-- The one parser behind onethread.normalize_phone and onethread.phone_status. Equal to parse() of
-- libphonenumber, then is_valid_number(), then is_possible_number_with_reason(); each step below
-- names the rule that surprises. An array and not a record, because PL/pgSQL is slow to take a
-- record apart. The functions called here for plain spellings are expressions that the planner puts
-- in place of the call.
--
-- Everything a numbering plan needs is a constant in this function: no table, no setting and no
-- locale is read, so it really is immutable. Numbering plans are referred to by index.
create or replace function onethread.phone_parse(p_raw text, p_region text)
returns text[]
language plpgsql
immutable
parallel safe
as $$
declare
  v_raw text collate "C" := p_raw;
  v_region text collate "C" := p_region;
  v_digits text collate "C";     -- as dialled, without the plus sign
  v_rest text collate "C";
  v_is_international boolean := false;
  v_is_retry boolean := false;   -- an unknown calling code after +: read once more without the +
  v_plan int := 0;               -- numbering plan that the number is parsed by; 0 while unknown
  v_code int := 0;               -- calling code; 0 while unknown
  v_entry int;                   -- of the calling code list: digits * 10^6 + code * 10^3 + plan
  v_national text collate "C";
  v_length int;
begin
  if (length(v_raw) <= {{max_input_length}}) is not true then
    return null;
  end if;

  -- 1. The digits. Plain spellings need no regular expression: digits, perhaps a + before them, with
  --    the usual punctuation, which replace() takes out in a fraction of the time; most is blanks and
  --    hyphens. Two digits are a number only if nothing stands between them.
  v_digits := replace(replace(v_raw, ' ', ''), '-', '');
  v_rest := btrim(v_digits, '0123456789');
  if v_rest <> '' and (v_rest <> '+' or not starts_with(v_digits, '+')) then
    v_digits := replace(replace(v_digits, '(', ''), ')', '');
    v_digits := replace(replace(v_digits, '.', ''), '/', '');
    v_rest := btrim(v_digits, '0123456789');
    if v_rest <> '' and (v_rest <> '+' or not starts_with(v_digits, '+')) then
      v_digits := onethread.phone_dialled_digits(v_raw);
      if v_digits is null then
        return null;
      end if;
      v_rest := left(v_digits, 1);
    end if;
  end if;
  if v_rest = '+' then
    v_is_international := true;
    v_digits := substr(v_digits, 2);
  elsif v_rest = '' and length(v_digits) = 2 and strpos(v_raw, v_digits) = 0 then
    return null;
  end if;

  -- 2. After + comes a calling code, and at least one digit more.
  if v_is_international then
    if length(v_digits) <= 2 then
      return null;
    end if;
    v_entry := ({{calling_codes}})[left(v_digits, 3)::int + 1];
    if v_entry > 0 then
      v_code := v_entry / 1000 % 1000;
      v_plan := v_entry % 1000;
      v_national := substr(v_digits, v_entry / 1000000 + 1);
    else
      v_is_retry := true;
    end if;
  end if;

  if v_code = 0 then
    -- 3. Dialled inside of a region. The reference takes lower case after an unknown + code only.
    v_rest := case when v_is_retry then upper(v_region) else v_region end;
    if length(v_rest) = 2
      and v_rest between 'AA' and 'ZZ'
      and right(v_rest, 1) between 'A' and 'Z'
    then
      v_plan := ({{region_plans}})[
        (ascii(v_rest) - 65) * 26 + ascii(right(v_rest, 1)) - 64
      ];
    end if;
    if v_plan = 0 then
      return null;
    end if;

    -- 4. An international prefix, unless 0 follows: no calling code begins with that. With nothing
    --    after it the number is too short; it is not read as a national one.
    v_length := onethread.phone_international_prefix_length(v_digits, v_plan);
    if v_length > 0 and substr(v_digits, v_length + 1, 1) <> '0' then
      v_digits := substr(v_digits, v_length + 1);
      if length(v_digits) <= 2 then
        return null;
      end if;
      v_entry := ({{calling_codes}})[left(v_digits, 3)::int + 1];
      if v_entry = 0 then
        return null;
      end if;
      v_code := v_entry / 1000 % 1000;
      v_plan := v_entry % 1000;
      v_national := substr(v_digits, v_entry / 1000000 + 1);
    else
      -- 5. The region's own calling code without a +: only if the number is not one of the region
      --    with it and is one without it, or is too long with it. The national prefix after it is
      --    the region's; the next step then goes by the main region of the calling code.
      v_code := ({{plan_codes}})[v_plan];
      v_national := v_digits;
      if starts_with(v_digits, v_code::text) then
        v_rest := substr(v_digits, length(v_code::text) + 1);
        v_rest := onethread.phone_strip_national_prefix(v_rest, v_plan);
        if length(v_digits) > ({{longest_numbers}})[v_plan]
          or (not onethread.phone_matches_plan(v_digits, v_plan)
            and onethread.phone_matches_plan(v_rest, v_plan))
        then
          v_national := v_rest;
          v_plan := ({{main_plans}})[v_plan];
          v_is_retry := false;
        end if;
      end if;
      if v_is_retry then
        return null;
      end if;
    end if;
  end if;

  -- 6. The national prefix, unless what remains would be too short, local or of no known length.
  if length(v_national) < 2 then
    return null;
  end if;
  v_rest := onethread.phone_strip_national_prefix(v_national, v_plan);
  v_length := length(v_rest);
  if v_length > 17 then
    return null;
  end if;
  if ({{lengths_after_stripping}})[v_plan] >> v_length & 1 = 1 then
    v_national := v_rest;
  else
    v_length := length(v_national);
    if v_length > 17 then
      return null;
    end if;
  end if;

  if v_length < 2 then
    return null;
  end if;

  -- 7. What it is: valid is asked first, since a valid number can look local (+1 310 xxxx). The
  --    valid numbers of the world are sorted intervals of E.164 as an integer; a number is inside
  --    of one when an odd number of their ends is at or below it. No valid number has 20 digits,
  --    or 19 digits and begins with 9: those would not fit into a bigint.
  v_rest := '+' || v_code::text || v_national;
  if length(v_rest) <= 19 or (length(v_rest) = 20 and v_rest < '+9') then
    if width_bucket(
      v_rest::bigint,
      {{valid_thresholds}}
    ) % 2 = 1 then
      return array[v_rest, 'valid', v_rest];
    end if;
  end if;

  -- Lengths go by the main region of the calling code, whatever region the number was dialled in.
  v_plan := ({{main_plans}})[v_plan];
  if ({{full_lengths}})[v_plan] >> v_length & 1 = 1 then
    return array[v_rest, 'possible', v_rest];
  elsif ({{local_lengths}})[v_plan] >> v_length & 1 = 1 then
    return array[null, 'local_only', v_rest];
  end if;
  return array[null, 'impossible', v_rest];
end
$$;

comment on function onethread.phone_parse(text, text) is
  'Internal: {E.164 or null, status, E.164 as parsed} of a phone number, null if it is none.';
