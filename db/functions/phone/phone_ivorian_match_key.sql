-- Ivory Coast, 2021: the operator's two digits in front of the eight. Which operator is told by the
-- second digit of a mobile number, by the third of a landline.
--
-- One expression, as phone_match_key(), of which it is a part.
create or replace function onethread.phone_ivorian_match_key(e164 text)
returns text
language sql
immutable
parallel safe
as $$
  select case
    when e164 collate "C" ~ '^\+225(?:0[1-9]|[4-7][0-9]|[89][4-9])[0-9]{6}$' then
      '+225' || case
        when substr(e164, 6, 1) collate "C" < '4' then '01'   -- Moov
        when substr(e164, 6, 1) collate "C" < '7' then '05'   -- MTN
        else '07'                                             -- Orange
      end || substr(e164, 5)
    when e164 collate "C" ~ '^\+225(?:2[0-4]|3[0-6])[0-9]{6}$' then
      '+225' || case
        when e164 collate "C" ~ '^\+2252[0-3]8' then '21'     -- Moov
        when substr(e164, 7, 1) collate "C" = '0' then '25'   -- MTN
        else '27'                                             -- Orange
      end || substr(e164, 5)
    else e164
  end
$$;

comment on function onethread.phone_ivorian_match_key(text) is
  'phone_match_key() of a number of Ivory Coast; anything else comes back as it is.';
