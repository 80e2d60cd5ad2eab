-- The ISO 3166 region of an E.164 number, '001' if its calling code belongs to none.
--
-- As libphonenumber's region_code_for_number. Regions that share a calling code are told apart by
-- the number, in the order of the metadata: by their leading digits, else by their valid numbers.
-- The number is taken as it is. Null for numbers that no region claims and for other text.
create or replace function onethread.phone_region(e164 text)
returns text
language plpgsql
immutable
parallel safe
as $$
declare
  c_codes constant text collate "C" :=
    {{region_names}};
  v_e164 text collate "C" := e164;
  v_entry int;       -- of the calling code list: digits * 10^6 + code * 10^3 + plan
  v_national text collate "C";
  v_plan int;
begin
  if v_e164 is null or v_e164 !~ '^\+[1-9][0-9]{2,19}$' then
    return null;
  end if;
  v_entry := ({{calling_codes}})[substr(v_e164, 2, 3)::int + 1];
  v_national := substr(v_e164, v_entry / 1000000 + 2);
  if v_entry = 0 or length(v_national) not between 2 and 17 then
    return null;
  end if;
  v_plan := v_entry % 1000;
  if v_entry / 1000 % 1000 in ({{shared_codes}}) then
    -- Who owns the stretch of numbers that this one is in; 0 is nobody. The stretches are searched
    -- by an integer: 10 + length of the national number, then the first 15 digits of E.164.
    v_plan := ({{claim_owners}})[
      width_bucket(
        ((10 + length(v_national))::text || substr(v_e164, 2, 15))::bigint,
        {{claim_thresholds}}
      ) + 1
    ];
  end if;
  -- The plans of the regions come first, in the order of their names; then those without a region.
  return case
    when v_plan = 0 then null
    when v_plan > {{region_count}} then '{{non_geographic}}'
    else substr(c_codes, 2 * v_plan - 1, 2)
  end;
end
$$;

comment on function onethread.phone_region(text) is
  'ISO region of an E.164 number, ''001'' for non-geographic ones, null when there is none.';
