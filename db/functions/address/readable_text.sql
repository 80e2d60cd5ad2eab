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
        when r.match[1] is null then r.match[2]
        when r.match[1] ~* '^(0000|d[89a-f]..)$' then ' '
        else chr(('x' || r.match[1])::bit(16)::int)
      end, '' order by r.n)
    into v_text
    from regexp_matches(v_text, '\\+u([0-9A-Fa-f]{4})|([^\\]+|\\)', 'g')
      with ordinality as r (match, n);
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
      coalesce(
        'wamid.' || regexp_replace(
          encode(decode(left(r.match[1], length(r.match[1]) / 4 * 4), 'base64'), 'escape'),
          '\\[0-7]{3}|[^0-9A-Za-z.]', ' ', 'g'),
        r.match[2]), ''
      order by r.n)
    into v_text
    from regexp_matches(v_text, 'wamid\.([A-Za-z0-9+/]{8,})|((?:(?!wamid\.).)+|.)', 'gs')
      with ordinality as r (match, n);
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
