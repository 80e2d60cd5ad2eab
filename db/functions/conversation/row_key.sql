-- What a row of somebody's table is known by, as it is written in the log of merges.
--
-- The same text in every session, whatever its settings.
create or replace function onethread.row_key(p_row anyelement, p_columns text[])
returns jsonb
language sql
stable
set timezone = 'UTC'
set intervalstyle = 'postgres'
set bytea_output = 'hex'
set extra_float_digits = 1
as $$
select coalesce(jsonb_object_agg(e.key, e.value), '{}')
from jsonb_each(to_jsonb(p_row)) as e
where e.key = any (p_columns)
$$;

comment on function onethread.row_key(anyelement, text[]) is
  'These columns of the row as a JSON object.';
