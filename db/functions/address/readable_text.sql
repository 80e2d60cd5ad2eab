-- A text that holds anything, such as a provider's payload, as a person would read it.
--
-- For looking whether somebody is named in it: escapes of JSON (also in a JSON inside a JSON) and of
-- forms become what they stand for, what an id of the Cloud API holds in base64 is written out, digits of
-- any script are 0-9, blanks and dashes of any kind a blank and a dash, and what is invisible is gone. Each
-- step is looked for first: most texts need none.
create or replace function onethread.readable_text(p_text text)
returns text
language plpgsql
immutable
parallel safe
as $$
declare
  v_text text collate "C" := p_text;
begin
  if strpos(v_text, '\u') > 0 then
    -- A half of a pair is no character of its own.
    select string_agg(
      case
        when p.n = 1 then p.text
        when p.text !~ '^[0-9A-Fa-f]{4}' then '\u' || p.text
        when p.text ~* '^(0000|d[89a-f])' then ' ' || substr(p.text, 5)
        else chr(('x' || left(p.text, 4))::bit(16)::int) || substr(p.text, 5)
      end, '' order by p.n)
    into v_text
    from (
      select rtrim(r.text, '\') as text, r.n
      from unnest(string_to_array(v_text, '\u')) with ordinality as r (text, n)
    ) p;
  end if;
  if strpos(v_text, '%') > 0 then
    select string_agg(
      coalesce(convert_from(decode(replace(r.match[1], '%', ''), 'hex'), 'UTF8'), r.match[2]), ''
      order by r.n)
    into v_text
    from regexp_matches(
      v_text,
      '((?:%[2-7][0-9a-f]|%(?:c[2-9a-f]|d[0-9a-f])%[89ab][0-9a-f]'
        '|%e[1-9a-cef](?:%[89ab][0-9a-f]){2})+)|([^%]+|%)', 'gi'
    ) with ordinality as r (match, n);
  end if;
  if strpos(v_text, 'wamid.') > 0 then
    select string_agg(
      case
        when p.n = 1 then p.text
        else 'wamid.' || regexp_replace(
          encode(decode(left(p.code, length(p.code) / 4 * 4), 'base64'), 'escape'),
          '\\[0-7]{3}|[^0-9A-Za-z.]', ' ', 'g') || ' ' || substr(p.text, length(p.code) + 1)
      end, '' order by p.n)
    into v_text
    from (
      select r.text, r.n, substring(r.text from '^[A-Za-z0-9+/]*') as code
      from unnest(string_to_array(v_text, 'wamid.')) with ordinality as r (text, n)
    ) p;
  end if;
  if octet_length(v_text) > length(v_text) then
    v_text := onethread.phone_fold_digits(v_text);
    v_text := translate(
      v_text,
      E'\u00a0\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u3000'
        '\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe63\uff0d\uff0b\uff0e\uff08\uff09'
        '\u00ad\u180e\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e'
        '\u2060\u2066\u2067\u2068\u2069\ufeff',
      '            ---------+.()');
  end if;
  return v_text;
end;
$$;

comment on function onethread.readable_text(text) is
  'The text with escapes (JSON, forms, ids of the Cloud API) written out, digits of any script as 0-9, '
  'plain blanks and dashes, and without invisible marks.';
