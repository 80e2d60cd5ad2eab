-- Is this an account id of the Cloud API, CC.… or, for a parent business, CC.ENT.…?
--
-- Up to 128 letters and digits. No pattern: it would take longer than the rest of the message.
create or replace function onethread.is_bsuid(p_text text)
returns boolean
language sql
immutable
parallel safe
as $$
select substr(p_text, 3, 1) = '.'
  and btrim(left(p_text, 2), 'ABCDEFGHIJKLMNOPQRSTUVWXYZ') = ''
  and case
    when substr(p_text, 4, 4) = 'ENT.'
      then length(p_text) between 8 and 135
        and btrim(
          substr(p_text, 8), '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz') = ''
    else length(p_text) between 4 and 131
      and btrim(
        substr(p_text, 4), '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz') = ''
  end
$$;

comment on function onethread.is_bsuid(text) is
  'True for a business-scoped user id: country, dot, perhaps ENT and a dot, 1 to 128 letters and '
  'digits. Source: Meta''s reference of user ids in webhooks.';
