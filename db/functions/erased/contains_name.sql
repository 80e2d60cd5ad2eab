-- Does a text hold one of these numbers or BSUIDs, and not as a part of a longer one?
create or replace function onethread.contains_name(p_text text, p_names text[])
returns boolean
language sql
immutable
parallel safe
as $$
select exists (
  select
  from unnest(p_names) as n (name)
  where strpos(p_text, n.name) > 0
    and p_text ~ ('(^|[^0-9])' || replace(n.name, '.', '\.') || '($|[^0-9])')
)
$$;

comment on function onethread.contains_name(text, text[]) is
  'True when one of the names stands in the text.';
