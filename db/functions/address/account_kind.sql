-- What two accounts compete in: one person has at most one account of a kind and scope at a time.
create or replace function onethread.account_kind(p_key text)
returns text
language sql
immutable
parallel safe
return split_part(p_key, ':', 1) || ':' || split_part(p_key, ':', 2);

comment on function onethread.account_kind(text) is 'kind:scope of an identifier_key().';
