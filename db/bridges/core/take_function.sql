-- The function that takes over rows of a table, made from the bridge's SELECTs.
create or replace function onethread_bridge.take_function(p_bridge text, p_relation text)
returns text
language sql
immutable
parallel safe
return 'take_' || left(p_bridge || '_' || p_relation, 40) || '_'
  || left(encode(sha256(convert_to(p_bridge || ' ' || p_relation, 'UTF8')), 'hex'), 8);

comment on function onethread_bridge.take_function(text, text) is
  'The name of that function.';
