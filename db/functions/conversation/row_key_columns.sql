-- By which columns is a row of somebody's table known? Its primary key, else another unique one, else
-- all of them.
create or replace function onethread.row_key_columns(p_relation oid)
returns setof name
language sql
stable
as $$
select a.attname
from pg_attribute a
where a.attrelid = p_relation
  and a.attnum > 0
  and not a.attisdropped
  and coalesce(
    (
      select a.attnum = any (i.indkey)
      from pg_index i
      where i.indrelid = p_relation
        and i.indisunique
        and i.indisvalid
        and i.indpred is null
        and 0 <> all (i.indkey)
        and not exists (
          select
          from pg_attribute k
          where k.attrelid = p_relation and k.attnum = any (i.indkey) and not k.attnotnull
        )
      order by i.indisprimary desc, i.indexrelid
      limit 1
    ),
    true)
$$;

comment on function onethread.row_key_columns(oid) is
  'Names of the columns of the primary key, else of a unique index without nulls, else all.';
