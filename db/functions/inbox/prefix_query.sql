-- The query that each of these words begins a word of what is searched; null without words.
create or replace function onethread.prefix_query(p_words text[])
returns tsquery
language sql
immutable
parallel safe
as $$
select string_agg(quote_literal(w.word) || ':*', ' & ')::tsquery
from unnest(p_words) as w (word)
$$;

comment on function onethread.prefix_query(text[]) is
  'A full text query: words that begin with these, all of them.';
