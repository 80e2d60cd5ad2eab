-- Generated from phonenumbers 9.0.43 and Unicode 14.0.0 by: python -m phone_generator
-- Do not edit; change app/phone_generator/templates, generate again.

-- Length of an international prefix other than 00 and 011, by rule number; 0 if it is not there.
create or replace function onethread.phone_match_international_prefix(p_digits text, p_rule int)
returns int
language plpgsql
immutable
parallel safe
as $$
declare
  v_digits text collate "C" := p_digits;
begin
  return coalesce(length(substring(v_digits from (array[
    '^(?:0)',
    '^(?:0(?:0[25-79]|19))',
    '^(?:00(?:1[245]|2[1-35]|31|4[13]|[56]5|99))',
    '^(?:00(?:1\d)?)',
    '^(?:00(?:30|5[09]|[126-9]?))',
    '^(?:00(?:4(?:[14]4|56)|[579]))',
    '^(?:00(?:[125689]|3(?:[46]5|91)|7(?:00|27|3|55|6[126])))',
    '^(?:000)',
    '^(?:001)',
    '^(?:001[14-689]|14(?:1[14]|34|4[17]|[56]6|7[47]|88)0011)',
    '^(?:009)',
    '^(?:00[056])',
    '^(?:00[057])',
    '^(?:00[1-9])',
    '^(?:00[14-9])',
    '^(?:00[89])',
    '^(?:010)',
    '^(?:010|0[0-2])',
    '^(?:01[12])',
    '^(?:0[0-3]\d)',
    '^(?:0[01])',
    '^(?:119)',
    '^(?:810)',
    '^(?:(?:0|1(?:1[0-69]|2[02-5]|5[13-58]|69|7[0167]|8[018]))0)',
    '^(?:0(?:0|1(?:05|[2-9])))',
    '^(?:0(?:0|161))',
    '^(?:0(?:0|19))',
    '^(?:0(?:0|1[3-9]\d))',
    '^(?:0(?:0|52))',
    '^(?:0(?:0|[24-7]0|3[03]))',
    '^(?:00|1(?:0(?:01|[12]0)|100))',
    '^(?:00|1(?:[12]\d|79)\d\d00)',
    '^(?:00|10(?:22|66|88|99))',
    '^(?:00|140[1-3])',
    '^(?:00|16)',
    '^(?:00|19(?:1[124]|77|90)00)',
    '^(?:00|99)',
    '^(?:00|99(?:[01469]|5(?:[14]1|3[23]|5[59]|77|88|9[09])))',
    '^(?:0[09])'
  ]::text[])[p_rule])), 0);
end
$$;

comment on function onethread.phone_match_international_prefix(text, int) is
  'Internal: length of an international prefix that is neither 00 nor 011, else 0.';
