-- An identifier as tables hold it (kind and value), as an address.
create or replace function onethread.identifier_address(p_kind text, p_value text)
returns onethread.whatsapp_address
language sql
immutable
parallel safe
as $$
select row(
  p_kind, onethread.identifier_scope(p_kind, p_value), p_value,
  onethread.identifier_match_value(p_kind, p_value))::onethread.whatsapp_address
$$;

comment on function onethread.identifier_address(text, text) is
  'Kind and value with their scope and match value.';
