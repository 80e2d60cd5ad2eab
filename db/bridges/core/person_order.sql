-- In which order the people of one statement are met: so two bulk inserts of the same new people in
-- opposite orders do not wait for each other in a circle.
--
-- Nothing is looked up. A phone among the names comes before other names, and of digits the last eight
-- count: they are the same in every spelling of a number.
create or replace function onethread_bridge.person_order(p_names text[])
returns text
language sql
immutable
parallel safe
return (
  select right(translate(split_part(split_part(n.name, '@', 1), ':', 1), '+ ()-./', ''), 8)
  from unnest(p_names) with ordinality as n (name, place)
  where n.name <> ''
  order by n.name !~ '^[0-9+ ()./-]+(:[0-9]+)?(@s[.]whatsapp[.]net|@c[.]us)?$', n.place
  limit 1
) collate "C";

comment on function onethread_bridge.person_order(text[]) is
  'A text by which the rows of a statement are sorted: equal for the names of one person, as far as '
  'that can be seen.';
