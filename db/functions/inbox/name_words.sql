-- The words of a name, for a search that knows no accents, vowel signs, hamza or apostrophes: O'Connor is
-- found as oconnor, o'connor and connor, Bar-On as baron and on.
--
-- In one line of built-in functions, so that the planner puts it in place of the call: lead_words_idx,
-- contact_name_words_idx and shown_name_words_idx repeat the expression. Whoever changes one makes the
-- others anew.
create or replace function onethread.name_words(p_name text)
returns tsvector
language sql
immutable
parallel safe
as $$
select to_tsvector('simple', regexp_replace(
  replace(translate(
    regexp_replace(
      normalize(left(p_name, 255), nfkd),
      '[\u0300-\u036F\u0591-\u05BD\u05BF\u05C1\u05C2\u05C4\u05C5\u05C7\u0610-\u061A\u0621'
      '\u0640\u064B-\u065F\u0670]',
      '', 'g'),
    U&'\0649\0629\06CC\06A9\00F8\00D8\0142\0141\0111\0110\0131',
    U&'\064A\0647\064A\0643oOlLdDi'), U&'\00DF', 'ss'),
  '([^\s''`"\u2019\u2018\u02BC\u00B4\u05F3\u05F4\u05BE\u2010-\u2014._/@-]+)'
  '[''`"\u2019\u2018\u02BC\u00B4\u05F3\u05F4\u05BE\u2010-\u2014._/@-]+'
  '([^\s''`"\u2019\u2018\u02BC\u00B4\u05F3\u05F4\u05BE\u2010-\u2014._/@-]+)',
  '\1\2 \1 \2', 'g'))
$$;

comment on function onethread.name_words(text) is
  'Words of the first 255 characters of a name without accents, hamza and apostrophes; words with a '
  'hyphen or an apostrophe as one and apart.';
