-- JSON that their column has as text; null when it is cut off or none.
create or replace function onethread_bridge.read_json(p_text text)
returns jsonb
language plpgsql
immutable
parallel safe
as $$
begin
  return nullif(p_text, '')::jsonb;
exception
  when others then
    return null;
end;
$$;

comment on function onethread_bridge.read_json(text) is
  'The text as jsonb; null when it is no JSON.';
