-- The foreign keys that other programs have set on whatsapp_conversation, and how to lead a row of each
-- from one conversation to another.
--
-- By all columns of the key: with the id alone a row of another business, whose conversation has the
-- same id, would be meant too. (A key without business_id refers to something that is unique without
-- it.) In the expressions t is the row, $1 the conversation that it is led to, $2 the one that it leaves.
create or replace function onethread.conversation_references()
returns table (
  relation regclass,
  name name,
  target text,
  assignment text,
  condition text,
  key_columns text[],
  deferred text[],
  is_deleting boolean
)
language sql
stable
as $$
select
  k.conrelid::regclass, k.conname,
  case when c.relkind = 'p' then '' else 'only ' end || k.conrelid::regclass,
  string_agg(format('%I = ($1).%I', a.attname, t.attname), ', ' order by a.attnum)
    filter (where t.attname <> 'business_id' and a.attgenerated = ''),
  string_agg(
    format('t.%I = ($2).%I', a.attname, t.attname)
      || case when t.attname <> 'business_id' then format(' and ($1).%I is not null', t.attname)
        else '' end,
    ' and ' order by a.attnum),
  array(
    select r.attname::text
    from onethread.row_key_columns(k.conrelid) as r (attname)
    where r.attname <> all (
      array_agg(a.attname::text) filter (where t.attname <> 'business_id'))
  ),
  array(
    select format('%I.%I', n.nspname, d.conname)
    from pg_constraint d
    inner join pg_namespace n on n.oid = d.connamespace
    where d.condeferrable
      and d.conrelid in (
        select k.conrelid
        union all
        select p.relid from pg_partition_tree(k.conrelid) as p
      )
  ),
  k.confdeltype not in ('a', 'r') or k.condeferrable
from pg_constraint k
inner join pg_class c on c.oid = k.conrelid
cross join lateral unnest(k.conkey, k.confkey) as pair (attnum, target)
inner join pg_attribute a on a.attrelid = k.conrelid and a.attnum = pair.attnum
inner join pg_attribute t on t.attrelid = k.confrelid and t.attnum = pair.target
where k.contype = 'f'
  and k.confrelid = 'public.whatsapp_conversation'::regclass
  -- A partition's is its table's.
  and k.conparentid = 0
  and c.relnamespace <> 'onethread'::regnamespace
  and k.conrelid not in ('public.whatsapp_identity'::regclass, 'public.whatsapp_message'::regclass)
group by k.oid, k.conrelid, k.conname, c.relkind, k.confdeltype, k.condeferrable
order by k.conrelid, k.conname
$$;

comment on function onethread.conversation_references() is
  'Each foreign key of a table that is not Onethread''s: target, assignment and condition of an '
  'UPDATE; key_columns by which its rows are known whatever they refer to; deferred: what is checked '
  'at the end of a transaction; is_deleting: a row that is left behind changes when the conversation '
  'goes, or fails then.';
