-- Generated from phonenumbers 9.0.43 and Unicode 14.0.0 by: python -m phone_generator
-- Do not edit; change app/phone_generator/templates, generate again.

-- The plans whose national prefix is more than a digit: carrier codes, or local numbers of an
-- island that are given their area code.
--
-- Left alone when the number has the plan's shape and would lose it. "Is null" below means that no
-- prefix was found.
create or replace function onethread.phone_strip_long_prefix(p_national text, p_plan int)
returns text
language plpgsql
immutable
parallel safe
as $$
declare
  v_national text collate "C" := p_national;
  v_rest text collate "C";
begin
  v_rest := case
    when v_national = '' then null
    when p_plan in (10, 13, 29, 31, 47, 48, 49, 73, 75, 111, 119, 126, 131) then
      onethread.phone_match_prefix_pattern(v_national, p_plan)
    else case p_plan
      when 5 then  -- AG
        case
          when length(v_national) = 7 and strpos('457', left(v_national, 1)) > 0
          then '268' || v_national
          when starts_with(v_national, '1') then substr(v_national, 2)
        end
      when 6 then  -- AI
        case
          when length(v_national) = 7 and strpos('2457', left(v_national, 1)) > 0
          then '264' || v_national
          when starts_with(v_national, '1') then substr(v_national, 2)
        end
      when 11 then  -- AS
        case
          when length(v_national) = 7 and strpos('267', left(v_national, 1)) > 0
          then '684' || v_national
          when starts_with(v_national, '1') then substr(v_national, 2)
        end
      when 18 then  -- BB
        case
          when length(v_national) = 7 and strpos('23456789', left(v_national, 1)) > 0
          then '246' || v_national
          when starts_with(v_national, '1') then substr(v_national, 2)
        end
      when 27 then  -- BM
        case
          when length(v_national) = 7 and strpos('23456789', left(v_national, 1)) > 0
          then '441' || v_national
          when starts_with(v_national, '1') then substr(v_national, 2)
        end
      when 32 then  -- BS
        case
          when length(v_national) = 7 and strpos('345678', left(v_national, 1)) > 0
          then '242' || v_national
          when starts_with(v_national, '1') then substr(v_national, 2)
        end
      when 35 then  -- BY
        case
          when starts_with(v_national, '0') then substr(v_national, 2)
          when starts_with(v_national, '80') then substr(v_national, 3)
          when starts_with(v_national, '8') then substr(v_national, 2)
        end
      when 38 then  -- CC
        case
          when length(v_national) = 8 and strpos('59', left(v_national, 1)) > 0
          then '8' || v_national
          when starts_with(v_national, '0') then substr(v_national, 2)
        end
      when 53 then  -- CX
        case
          when length(v_national) = 8 and strpos('59', left(v_national, 1)) > 0
          then '8' || v_national
          when starts_with(v_national, '0') then substr(v_national, 2)
        end
      when 59 then  -- DM
        case
          when length(v_national) = 7 and strpos('234567', left(v_national, 1)) > 0
          then '767' || v_national
          when starts_with(v_national, '1') then substr(v_national, 2)
        end
      when 76 then  -- GB
        case
          when starts_with(v_national, '0') then substr(v_national, 2)
          when starts_with(v_national, '180020') then substr(v_national, 7)
        end
      when 77 then  -- GD
        case
          when length(v_national) = 7 and strpos('23456789', left(v_national, 1)) > 0
          then '473' || v_national
          when starts_with(v_national, '1') then substr(v_national, 2)
        end
      when 80 then  -- GG
        case
          when length(v_national) = 6 and strpos('256789', left(v_national, 1)) > 0
          then '1481' || v_national
          when starts_with(v_national, '0') then substr(v_national, 2)
          when starts_with(v_national, '180020') then substr(v_national, 7)
        end
      when 90 then  -- GU
        case
          when length(v_national) = 7 and strpos('23456789', left(v_national, 1)) > 0
          then '671' || v_national
          when starts_with(v_national, '1') then substr(v_national, 2)
        end
      when 97 then  -- HU
        case
          when starts_with(v_national, '06') then substr(v_national, 3)
        end
      when 101 then  -- IM
        case
          when length(v_national) = 6 and strpos('25678', left(v_national, 1)) > 0
          then '1624' || v_national
          when starts_with(v_national, '0') then substr(v_national, 2)
          when starts_with(v_national, '180020') then substr(v_national, 7)
        end
      when 108 then  -- JE
        case
          when length(v_national) = 6 and strpos('01245678', left(v_national, 1)) > 0
          then '1534' || v_national
          when starts_with(v_national, '0') then substr(v_national, 2)
          when starts_with(v_national, '180020') then substr(v_national, 7)
        end
      when 117 then  -- KN
        case
          when length(v_national) = 7 and strpos('234567', left(v_national, 1)) > 0
          then '869' || v_national
          when starts_with(v_national, '1') then substr(v_national, 2)
        end
      when 121 then  -- KY
        case
          when length(v_national) = 7 and strpos('23456789', left(v_national, 1)) > 0
          then '345' || v_national
          when starts_with(v_national, '1') then substr(v_national, 2)
        end
      when 125 then  -- LC
        case
          when length(v_national) = 7 and strpos('2345678', left(v_national, 1)) > 0
          then '758' || v_national
          when starts_with(v_national, '1') then substr(v_national, 2)
        end
      when 130 then  -- LT
        case
          when starts_with(v_national, '0') then substr(v_national, 2)
          when starts_with(v_national, '8') then substr(v_national, 2)
        end
      when 139 then  -- MG
        case
          when length(v_national) = 7 and strpos('2456789', left(v_national, 1)) > 0
          then '20' || v_national
          when starts_with(v_national, '0') then substr(v_national, 2)
        end
      when 146 then  -- MP
        case
          when length(v_national) = 7 and strpos('23456789', left(v_national, 1)) > 0
          then '670' || v_national
          when starts_with(v_national, '1') then substr(v_national, 2)
        end
      when 149 then  -- MS
        case
          when length(v_national) = 7 and strpos('34', left(v_national, 1)) > 0
          then '664' || v_national
          when starts_with(v_national, '1') then substr(v_national, 2)
        end
      when 160 then  -- NF
        case
          when length(v_national) = 5 and strpos('01258', left(v_national, 1)) > 0
          then '3' || v_national
        end
      when 200 then  -- SM
        case
          when length(v_national) = 6 and strpos('89', left(v_national, 1)) > 0
          then '0549' || v_national
        end
      when 207 then  -- SX
        case
          when length(v_national) = 7 and strpos('5', left(v_national, 1)) > 0
          then '721' || v_national
          when starts_with(v_national, '1') then substr(v_national, 2)
        end
      when 211 then  -- TC
        case
          when length(v_national) = 7 and strpos('23479', left(v_national, 1)) > 0
          then '649' || v_national
          when starts_with(v_national, '1') then substr(v_national, 2)
        end
      when 222 then  -- TT
        case
          when length(v_national) = 7 and strpos('234678', left(v_national, 1)) > 0
          then '868' || v_national
          when starts_with(v_national, '1') then substr(v_national, 2)
        end
      when 232 then  -- VC
        case
          when length(v_national) = 7 and strpos('234567', left(v_national, 1)) > 0
          then '784' || v_national
          when starts_with(v_national, '1') then substr(v_national, 2)
        end
      when 234 then  -- VG
        case
          when length(v_national) = 7 and strpos('234578', left(v_national, 1)) > 0
          then '284' || v_national
          when starts_with(v_national, '1') then substr(v_national, 2)
        end
      when 235 then  -- VI
        case
          when length(v_national) = 7 and strpos('23456789', left(v_national, 1)) > 0
          then '340' || v_national
          when starts_with(v_national, '1') then substr(v_national, 2)
        end
    end
  end;
  if v_rest is null
    or (not onethread.phone_matches_plan(v_rest, p_plan)
      and onethread.phone_matches_plan(v_national, p_plan))
  then
    return v_national;
  end if;
  return v_rest;
end
$$;

comment on function onethread.phone_strip_long_prefix(text, int) is
  'Internal: strips a national prefix in the plans where it is longer than one digit.';
