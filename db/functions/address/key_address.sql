-- An identifier_key() taken apart again.
create or replace function onethread.key_address(p_key text)
returns onethread.whatsapp_address
language plpgsql
immutable
parallel safe
as $$
declare
  v_address onethread.whatsapp_address;
begin
  v_address.kind := split_part(p_key, ':', 1);
  v_address.scope := split_part(p_key, ':', 2);
  v_address.match_value := substr(p_key, length(v_address.kind) + length(v_address.scope) + 3);
  v_address.value := v_address.match_value;
  return v_address;
end;
$$;

comment on function onethread.key_address(text) is
  'kind, scope and match_value of an identifier_key(); value as the match value.';
