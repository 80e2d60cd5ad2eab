-- Any spelling of a phone number -> {normalized, status, parsed}; null if it is not a number.
--
--   normalized  E.164, or null when the status is local_only or impossible
--   status      valid | possible | local_only | impossible
--   parsed      E.164 whatever the status
--
-- The one parser behind public.normalize_phone and public.phone_status. An array and not a record,
-- because a record is slow to build and slow to take apart in PL/pgSQL. Equal to parse() of
-- libphonenumber, then is_valid_number(), then is_possible_number_with_reason(); each step below
-- names the rule that surprises.
--
-- Everything a numbering plan needs is a constant in this function: no table, no setting and no
-- locale is read, so it really is immutable. Numbering plans are referred to by index.
create or replace function public.phone_parse(p_raw text, p_region text)
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
  v_region_plan int := 0;        -- plan of the region dialled in, 0 if there is none
  v_plan int;                    -- plan that the number is parsed by
  v_code int := 0;               -- calling code; 0 while unknown
  v_entry int;                   -- of the calling code list: digits * 10^6 + code * 10^3 + plan
  v_national text collate "C";
  v_length int;
begin
  -- 1. The digits. Plain spellings need no regular expression: digits, + and digits, then the same
  --    with the usual punctuation. Two digits are a number only if nothing stands between them.
  v_rest := btrim(v_raw, '0123456789');
  if v_rest = '' then
    v_digits := v_raw;
    if length(v_digits) not between 2 and {{max_input_length}} then
      return null;
    end if;
  elsif v_rest = '+' and starts_with(v_raw, '+') then
    v_digits := substr(v_raw, 2);
    v_is_international := true;
    if length(v_digits) not between 3 and {{max_input_length}} - 1 then
      return null;
    end if;
  else
    v_digits := translate(v_raw, ' -()./', '');
    v_rest := btrim(v_digits, '0123456789');
    if length(v_raw) <= {{max_input_length}}
      and (v_rest = '' or (v_rest = '+' and starts_with(v_digits, '+')))
    then
      v_is_international := v_rest = '+';
      if v_is_international then
        v_digits := substr(v_digits, 2);
      end if;
      if length(v_digits) < 3
        and (v_is_international or length(v_digits) < 2 or btrim(v_raw, ' -()./') <> v_digits)
      then
        return null;
      end if;
    else
      v_digits := public.phone_dialled_digits(v_raw);
      if v_digits is null then
        return null;
      end if;
      if starts_with(v_digits, '+') then
        v_is_international := true;
        v_digits := substr(v_digits, 2);
      end if;
    end if;
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
      v_region_plan := ({{region_plans}})[
        (ascii(v_rest) - 65) * 26 + ascii(right(v_rest, 1)) - 64
      ];
    end if;
    if v_region_plan = 0 then
      return null;
    end if;
    v_plan := v_region_plan;

    -- 4. An international prefix, unless 0 follows: no calling code begins with that. With nothing
    --    after it the number is too short; it is not read as a national one.
    v_length := public.phone_international_prefix_length(v_digits, v_plan);
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
        v_rest := public.phone_strip_national_prefix(v_rest, v_plan);
        if length(v_digits) > ({{longest_numbers}})[v_plan]
          or (not public.phone_matches_plan(v_digits, v_plan)
            and public.phone_matches_plan(v_rest, v_plan))
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
  v_rest := public.phone_strip_national_prefix(v_national, v_plan);
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

  -- 7. What it is: valid is asked first, since a valid number can look local (+1 310 xxxx). Both
  --    go by the main region of the calling code, whatever region the number was dialled in.
  if v_length < 2 then
    return null;
  end if;
  v_plan := ({{main_plans}})[v_plan];
  v_rest := '+' || v_code || v_national;
  if width_bucket(
    (v_plan * 18 + v_length) * 1000000000000000 + left(v_national, 15)::bigint,
    {{valid_thresholds}}
  ) % 2 = 1 then
    return array[v_rest, 'valid', v_rest];
  elsif ({{full_lengths}})[v_plan] >> v_length & 1 = 1 then
    return array[v_rest, 'possible', v_rest];
  elsif ({{local_lengths}})[v_plan] >> v_length & 1 = 1 then
    return array[null, 'local_only', v_rest];
  end if;
  return array[null, 'impossible', v_rest];
end
$$;

comment on function public.phone_parse(text, text) is
  'Internal: {E.164 or null, status, E.164 as parsed} of a phone number, null if it is none.';
