-- So many identifiers one person may have, and so many accounts one phone, before a mistake is more
-- likely: a chain of joins must not swallow everybody.
create or replace function onethread.identifier_cap()
returns int
language sql
immutable
parallel safe
return 25;

comment on function onethread.identifier_cap() is
  'Most identifiers of one person, and most accounts that one phone ties, by themselves.';
