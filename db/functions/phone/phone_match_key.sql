-- The form of a phone number under which the numbers of one WhatsApp account are equal.
--
-- WhatsApp ids are not E.164: an account keeps the digits it was registered with when its country
-- changes its plan. Numbers with one match key are one account. The key is for comparing only,
-- never an address to send to. None of this is libphonenumber's.
--
-- Called for every message: numbers of other countries pay for one comparison, and it is one
-- expression, which the planner puts in place of the call. Expects + and digits; anything else
-- comes back as it is. Applied to its own result it changes nothing.
create or replace function onethread.phone_match_key(e164 text)
returns text
language sql
immutable
parallel safe
as $$
  select case substr(e164, 1, 3) collate "C"
    -- Brazil: mobile numbers got a ninth digit, a 9 in front. Eight digits are such a number only
    -- if they begin with 6-9 and follow an area code in use: landlines begin with 2-5, and the 80
    -- of toll-free 800 numbers is no area code.
    when '+55' then
      case
        when e164 collate "C" ~
          '^\+55(?:[14689][1-9]|2[12478]|3[1-578]|5[13-5]|7[13-579])[6-9][0-9]{7}$'
        then overlay(e164 placing '9' from 6 for 0)
        else e164
      end

    -- Mexico: mobile numbers had a 1 after the country code. Only 521 and ten digits are that:
    -- in 52 15... with twelve digits the 1 belongs to the number.
    when '+52' then
      case
        when e164 collate "C" ~ '^\+521[0-9]{10}$' then '+52' || substr(e164, 5)
        else e164
      end

    -- Argentina: mobile numbers have a 9 after the country code, when dialled from abroad.
    when '+54' then
      case
        when e164 collate "C" ~ '^\+549[0-9]{10}$' then '+54' || substr(e164, 5)
        else e164
      end

    when '+22' then
      case
        when substr(e164, 4, 1) collate "C" = '5' then onethread.phone_ivorian_match_key(e164)
        -- Benin, 2024: 01 in front of the eight digits of every number.
        when e164 collate "C" ~ '^\+229[0-9]{8}$' then '+22901' || substr(e164, 5)
        else e164
      end

    -- Gabon, 15 November 2019: the 0 in front of the eight digits became the operator's digit, as the
    -- regulator announced (ARCEP; rfi.fr 2019-11-15, news.alibreville.com/h/89332.html): landlines 01
    -- are 11, Libertis and Moov 02, 05, 06 are 62, 65, 66, Airtel 04, 07 are 74, 77. What became of 03
    -- (Azur) nobody says.
    when '+24' then
      case
        when e164 collate "C" ~ '^\+2410[124567][0-9]{6}$' then
          '+241' || case substr(e164, 6, 1) collate "C"
            when '1' then '1'
            when '4' then '7'
            when '7' then '7'
            else '6'
          end || substr(e164, 6)
        else e164
      end
    else e164
  end
$$;

comment on function onethread.phone_match_key(text) is
  'The form under which the numbers of one WhatsApp account are equal: Brazil''s ninth digit, '
  'Mexico''s 1, Argentina''s 9, the plans of Ivory Coast, Benin and Gabon. For comparing only.';
