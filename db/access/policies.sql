-- The right is asked of the same role as the visibility.
--
-- The policy business_isolation asks current_user which businesses it sees. Through a view it is the
-- view's owner who is asked for the right to read: so a view of one tenant's reader, queried by a
-- login of another that may write only, would show that login what it may not read. A policy is
-- chosen by whose rights are used, and evaluated as who asks; these are for whoever has a right by
-- one of the four roles, and let pass whom that role, too, gives it. Restrictive: they take away,
-- and give nothing.
--
-- Run in full on each migrate, after the roles are there; a table that has its policies already is not
-- locked.
do $$
declare
  v_missing record;
begin
  for v_missing in
    select
      t.polrelid::regclass::text as name,
      r.policy,
      r.command,
      array_to_string(r.roles, ', ') as roles,
      (
        select string_agg(
          format(
            'pg_catalog.pg_has_role(current_user, pg_catalog.to_regrole(%L), ''usage'')', m.role),
          ' or ')
        from unnest(r.roles) as m (role)
      ) as condition,
      case r.command when 'insert' then 'with check' else 'using' end as clause
    from pg_policy t
    cross join (
      values
        ('caller_reads', 'select', array['onethread_admin', 'onethread_app', 'onethread_reader']),
        ('caller_inserts', 'insert', array['onethread_app', 'onethread_writer']),
        ('caller_updates', 'update', array['onethread_admin', 'onethread_app']),
        ('caller_deletes', 'delete', array['onethread_app'])
    ) as r (policy, command, roles)
    where t.polname = 'business_isolation'
      and not exists (
        select
        from pg_policy p
        where p.polrelid = t.polrelid and p.polname = r.policy
      )
    order by name, r.policy
  loop
    execute format(
      'create policy %I on %s as restrictive for %s to %s %s ((select %s))',
      v_missing.policy, v_missing.name, v_missing.command, v_missing.roles, v_missing.clause,
      v_missing.condition);
  end loop;
end;
$$;
