-- The right is asked of the same role as the visibility: what list_caller_policies() says.
--
-- Restrictive: they take away, and give nothing. Run in full on each migrate, after the grants; a table
-- that has its policies already is not locked.
do $$
declare
  v_missing record;
begin
  for v_missing in
    select
      p.table_name, p.policy, p.command,
      array_to_string(p.roles, ', ') as roles,
      case p.command when 'insert' then 'with check' else 'using' end as clause,
      (
        select string_agg(
          format('pg_catalog.pg_has_role(current_user, pg_catalog.to_regrole(%L), ''usage'')', r.name),
          ' or ' order by r.name)
        from unnest(p.roles) as r (name)
      ) as condition
    from onethread.list_caller_policies() as p
    where not p.is_there
    order by 1, 2
  loop
    execute format('drop policy if exists %I on %s', v_missing.policy, v_missing.table_name);
    execute format(
      'create policy %I on %s as restrictive for %s to %s %s ((select %s))',
      v_missing.policy, v_missing.table_name, v_missing.command, v_missing.roles, v_missing.clause,
      v_missing.condition);
  end loop;
end;
$$;
