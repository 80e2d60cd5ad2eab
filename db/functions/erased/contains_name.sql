-- Does a text hold one of these numbers, BSUIDs or names of people, and not as a part of a longer one?
create or replace function onethread.contains_name(p_text text, p_names text[])
returns boolean
language sql
immutable
parallel safe
as $$
select exists (
  select
  from (select lower(onethread.readable_text(p_text)) as text) t
  cross join unnest(p_names) as n (name)
  cross join lateral (
    values (case when n.name ~ '^[0-9]' then '0-9' else '[:alnum:]' end)
  ) as b (boundary)
  where strpos(t.text, lower(n.name)) > 0
    and t.text ~ (
      '(^|[^' || b.boundary || '])' || regexp_replace(lower(n.name), '([^A-Za-z0-9])', '\\\1', 'g')
      || '($|[^' || b.boundary || '])')
)
$$;

comment on function onethread.contains_name(text, text[]) is
  'True when one of the names stands in the text, in capitals or not, escaped or not.';
