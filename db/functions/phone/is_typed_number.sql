-- Is this how a person writes a number? Then its reading depends on the numbering plans.
create or replace function onethread.is_typed_number(p_raw text)
returns boolean
language sql
immutable
parallel safe
return p_raw collate "C" !~ '@|^\+[0-9]+$|^[a-z]+:';

comment on function onethread.is_typed_number(text) is
  'False for a JID, for + and digits as identities have them, and for a key (phone::, lead:).';
