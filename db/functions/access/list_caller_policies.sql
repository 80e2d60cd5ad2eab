-- Which restrictive policies does each table of a tenant need, and which has it?
--
-- The policy business_isolation asks current_user which businesses it sees. Through a view it is the
-- view's owner who is asked for the right to read: so a view of one tenant's reader, queried by a login
-- of another that may write only, would show that login what it may not read. A policy is chosen by
-- whose rights are used, and evaluated as who asks; these are for whoever has the right by one of the
-- four roles, and let pass whom one of these gives it. What a role may do with some columns only it may
-- do with these: so of reading only the whole table counts.
create or replace function onethread.list_caller_policies()
returns table (table_name text, policy text, command text, roles text[], is_there boolean)
language sql
stable
as $$
select
  t.oid::regclass::text, c.policy, c.command, g.roles,
  coalesce(
    (
      select array(
        select pg_get_userbyid(r.id)::text collate "C" from unnest(p.polroles) as r (id) order by 1
      ) = g.roles
      from pg_policy p
      where p.polrelid = t.oid and p.polname = c.policy and not p.polpermissive
    ),
    false)
from pg_policy i
inner join pg_class t on t.oid = i.polrelid
cross join (
  values
    ('caller_reads', 'select'), ('caller_inserts', 'insert'), ('caller_updates', 'update'),
    ('caller_deletes', 'delete')
) as c (policy, command)
cross join lateral (
  select array_agg(r.rolname::text collate "C" order by r.rolname::text collate "C") as roles
  from pg_roles r
  where r.rolname in ('onethread_admin', 'onethread_app', 'onethread_reader', 'onethread_writer')
    and case when c.command in ('insert', 'update')
      then has_any_column_privilege(r.oid, t.oid, c.command)
      else has_table_privilege(r.oid, t.oid, c.command) end
) as g
where i.polname = 'business_isolation' and g.roles is not null
$$;

comment on function onethread.list_caller_policies() is
  'For each table with the policy business_isolation and each command the roles that have the right, '
  'and whether there is a policy for them, for db/access/policies.sql and doctor.';
