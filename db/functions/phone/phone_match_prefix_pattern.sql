-- Generated from phonenumbers 9.0.43 and Unicode 14.0.0 by: python -m phone_generator
-- Do not edit; change app/phone_generator/templates, generate again.

-- The national number after a prefix that only a regular expression describes, else null.
--
-- Alternatives are tried one by one: PostgreSQL would take the longest, the reference takes the
-- first. Each is anchored in a group of its own, which makes the whole match element 1 of the
-- result and the pattern's first group element 2. Where a pattern rewrites the number it does so
-- only if its last group took part. The first digit is looked at before the pattern, because most
-- numbers have no prefix.
create or replace function onethread.phone_match_prefix_pattern(p_national text, p_plan int)
returns text
language plpgsql
immutable
parallel safe
as $$
declare
  v_national text collate "C" := p_national;
  v_first text collate "C" := left(p_national, 1);
  v_match text[];
begin
  case p_plan
    when 10 then  -- AR
      if strpos('0123', v_first) > 0 then
        v_match := regexp_match(v_national,
          '^(0?(?:(11|2(?:2(?:02?|[13]|2[13-79]|4[1-6]|5[2457]|6[124-8]|7[1-4]|8[13-6]|9[1267])|3('
          '?:02?|1[467]|2[03-6]|3[13-8]|[49][2-6]|5[2-8]|[67])|4(?:7[3-578]|9)|6(?:[0136]|2[24-6]|'
          '4[6-8]?|5[15-8])|80|9(?:0[1-3]|[19]|2\d|3[1-6]|4[02568]?|5[2-4]|6[2-46]|72?|8[23]?))|3('
          '?:3(?:2[79]|6|8[2578])|4(?:0[0-24-9]|[12]|3[5-8]?|4[24-7]|5[4-68]?|6[02-9]|7[126]|8[237'
          '9]?|9[1-36-8])|5(?:1|2[1245]|3[237]?|4[1-46-9]|6[2-4]|7[1-6]|8[2-5]?)|6[24]|7(?:[069]|1'
          '[1568]|2[15]|3[145]|4[13]|5[14-8]|7[2-57]|8[126])|8(?:[01]|2[15-7]|3[2578]?|4[13-6]|5[4'
          '-8]?|6[1-357-9]|7[36-8]?|8[5-8]?|9[124])))15)?)'
        );
        if v_match is not null then
          if v_match[2] is not null then
            return '9' || coalesce(v_match[2], '') || substr(v_national, length(v_match[1]) + 1);
          end if;
          return substr(v_national, length(v_match[1]) + 1);
        end if;
      end if;
    when 13 then  -- AU
      if strpos('01', v_first) > 0 then
        v_match := regexp_match(v_national,
          '^((183[12]))'
        );
        if v_match is not null then
          return substr(v_national, length(v_match[1]) + 1);
        end if;
        v_match := regexp_match(v_national,
          '^(0)'
        );
        if v_match is not null then
          return substr(v_national, length(v_match[1]) + 1);
        end if;
      end if;
    when 29 then  -- BO
      if strpos('0', v_first) > 0 then
        v_match := regexp_match(v_national,
          '^(0(1\d)?)'
        );
        if v_match is not null then
          return substr(v_national, length(v_match[1]) + 1);
        end if;
      end if;
    when 31 then  -- BR
      if strpos('09', v_first) > 0 then
        v_match := regexp_match(v_national,
          '^((?:0|90)(?:(1[245]|2[1-35]|31|4[13]|[56]5|99)(\d{10,11}))?)'
        );
        if v_match is not null then
          if v_match[3] is not null then
            return coalesce(v_match[3], '') || substr(v_national, length(v_match[1]) + 1);
          end if;
          return substr(v_national, length(v_match[1]) + 1);
        end if;
      end if;
    when 47 then  -- CN
      if strpos('01', v_first) > 0 then
        v_match := regexp_match(v_national,
          '^((1(?:[12]\d|79)\d\d))'
        );
        if v_match is not null then
          return substr(v_national, length(v_match[1]) + 1);
        end if;
        v_match := regexp_match(v_national,
          '^(0)'
        );
        if v_match is not null then
          return substr(v_national, length(v_match[1]) + 1);
        end if;
      end if;
    when 48 then  -- CO
      if strpos('0', v_first) > 0 then
        v_match := regexp_match(v_national,
          '^(0([3579]|4(?:[14]4|56))?)'
        );
        if v_match is not null then
          return substr(v_national, length(v_match[1]) + 1);
        end if;
      end if;
    when 49 then  -- CR
      if strpos('1', v_first) > 0 then
        v_match := regexp_match(v_national,
          '^((19(?:0[0-2468]|1[09]|20|66|77|99)))'
        );
        if v_match is not null then
          return substr(v_national, length(v_match[1]) + 1);
        end if;
      end if;
    when 73 then  -- FO
      if strpos('1', v_first) > 0 then
        v_match := regexp_match(v_national,
          '^((10(?:01|[12]0|88)))'
        );
        if v_match is not null then
          return substr(v_national, length(v_match[1]) + 1);
        end if;
      end if;
    when 75 then  -- GA
      if strpos('0', v_first) > 0 then
        v_match := regexp_match(v_national,
          '^(0(11\d{6}|60\d{6}|61\d{6}|6[256]\d{6}|7[467]\d{6}))'
        );
        if v_match is not null then
          if v_match[2] is not null then
            return coalesce(v_match[2], '') || substr(v_national, length(v_match[1]) + 1);
          end if;
          return substr(v_national, length(v_match[1]) + 1);
        end if;
      end if;
    when 111 then  -- JP
      if strpos('0', v_first) > 0 then
        v_match := regexp_match(v_national,
          '^((000[2569]\d{4,6})$)'
        );
        if v_match is not null then
          if v_match[2] is not null then
            return coalesce(v_match[2], '') || substr(v_national, length(v_match[1]) + 1);
          end if;
          return substr(v_national, length(v_match[1]) + 1);
        end if;
        v_match := regexp_match(v_national,
          '^((?:(?:003768)0?))'
        );
        if v_match is not null then
          return substr(v_national, length(v_match[1]) + 1);
        end if;
        v_match := regexp_match(v_national,
          '^(0)'
        );
        if v_match is not null then
          return substr(v_national, length(v_match[1]) + 1);
        end if;
      end if;
    when 119 then  -- KR
      if strpos('0', v_first) > 0 then
        v_match := regexp_match(v_national,
          '^(0(8(?:[1-46-8]|5\d\d))?)'
        );
        if v_match is not null then
          return substr(v_national, length(v_match[1]) + 1);
        end if;
      end if;
    when 126 then  -- LI
      if strpos('01', v_first) > 0 then
        v_match := regexp_match(v_national,
          '^((1001))'
        );
        if v_match is not null then
          return substr(v_national, length(v_match[1]) + 1);
        end if;
        v_match := regexp_match(v_national,
          '^(0)'
        );
        if v_match is not null then
          return substr(v_national, length(v_match[1]) + 1);
        end if;
      end if;
    when 131 then  -- LU
      if strpos('1', v_first) > 0 then
        v_match := regexp_match(v_national,
          '^((15(?:0[06]|1[12]|[35]5|4[04]|6[26]|77|88|99)\d))'
        );
        if v_match is not null then
          return substr(v_national, length(v_match[1]) + 1);
        end if;
      end if;
  end case;
  return null;
end
$$;

comment on function onethread.phone_match_prefix_pattern(text, int) is
  'Internal: what follows a national prefix that is described by a regular expression.';
