-- An identifier as one text: what evidence compares.
create or replace function onethread.identifier_key(p_kind text, p_scope text, p_match_value text)
returns text
language sql
immutable
parallel safe
return p_kind || ':' || p_scope || ':' || p_match_value;

comment on function onethread.identifier_key(text, text, text) is
  'kind:scope:match_value, as in phone::+972501234567, lid::876, bsuid:ENT:US.ENT.1.';
