-- The full text query for names: each word of what was typed must begin a word of the name.
--
-- What stands between the halves of a name may be left out on either side: bar-on is Bar On, Bar-On
-- and BarOn.
create or replace function onethread.name_query(p_text text)
returns tsquery
language sql
immutable
parallel safe
as $$
select case
    when apart.query is null then joined.query
    else apart.query || coalesce(joined.query, apart.query) end
from (values (U&'''`"\2019\2018\02BC\00B4\05F3\05F4\05BE\2010\2011\2012\2013\2014._/@-')) as p (marks)
cross join lateral onethread.prefix_query(tsvector_to_array(onethread.name_words(
  translate(p_text, p.marks, repeat(' ', length(p.marks)))))) as apart (query)
cross join lateral onethread.prefix_query(tsvector_to_array(onethread.name_words(
  translate(p_text, p.marks, '')))) as joined (query)
$$;

comment on function onethread.name_query(text) is
  'The query that each word begins a word of name_words(); null without words.';
