-- Where does a text name one of these people, in any spelling?
--
-- The end of a number is the same in every spelling of it, and most texts do not have it: only what
-- stands before it is read.
create or replace function onethread.find_names(
  p_business_id bigint,
  p_text text,
  p_keys text[]
)
returns table (name text, key text)
language plpgsql
stable
rows 1
as $$
declare
  v_text text := onethread.readable_text(p_text);
  v_bare text := translate(v_text, ' ()./+-', '');
  v_tails text[] := array(
    select distinct t.tail
    from unnest(p_keys) as k (key)
    cross join lateral right(translate(k.key, ' ()./+-:', ''), 5) as t (tail)
    where strpos(v_bare, t.tail) > 0);
begin
  if v_tails = '{}' then
    return;
  end if;
  return query
  select n.name, n.key
  from public.business b
  cross join lateral onethread.named_keys(
    (
      select string_agg(found.text, E'\n')
      from (
        select distinct r.match[1] as text
        from unnest(v_tails) as t (tail)
        cross join lateral regexp_matches(
          v_text,
          '((?:[0-9][ ()./+-]{0,3}){0,20}'
            || array_to_string(regexp_split_to_array(t.tail, ''), '[ ()./+-]{0,3}')
            || '(?![0-9])|[A-Z]{2}\.(?:ENT\.)?[A-Za-z0-9]{0,128}' || t.tail || '(?![A-Za-z0-9]))',
          'g') as r (match)
        -- Nobody who fills a text with endings of a number holds up an erasure.
        limit 200
      ) found
    ),
    b.default_region) as n
  where b.id = p_business_id and n.key = any (p_keys);
end;
$$;

comment on function onethread.find_names(bigint, text, text[]) is
  'The numbers and BSUIDs in the text that stand for one of the keys (identifier_key()), as they stand '
  'in readable_text().';
