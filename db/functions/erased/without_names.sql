-- A payload of several people without some of them.
--
-- What names a person goes as a whole: the smallest element of an array that holds the name. Of
-- what is in no array nothing is left.
create or replace function onethread.without_names(p_value jsonb, p_names text[])
returns jsonb
language plpgsql
immutable
as $$
declare
  v_field record;
  v_rest jsonb;
  v_result jsonb := '{}';
begin
  case jsonb_typeof(p_value)
    when 'array' then
      return (
        select coalesce(jsonb_agg(rest.value order by item.position), '[]')
        from jsonb_array_elements(p_value) with ordinality as item (value, position)
        cross join lateral onethread.without_names(item.value, p_names) as rest (value)
        where rest.value is not null
      );
    when 'object' then
      for v_field in select f.key, f.value from jsonb_each(p_value) as f loop
        v_rest := onethread.without_names(v_field.value, p_names);
        if v_rest is null or onethread.contains_name(v_field.key, p_names) then
          return null;
        end if;
        v_result := v_result || jsonb_build_object(v_field.key, v_rest);
      end loop;
      return v_result;
    else
      return case when not onethread.contains_name(p_value #>> '{}', p_names) then p_value end;
  end case;
end;
$$;

comment on function onethread.without_names(jsonb, text[]) is
  'The JSON without the array elements that hold one of the names (find_erased_names()); null when a '
  'name is in no array.';
