-- Which businesses does a role see? The one rule behind every policy.
--
-- Once per statement, by array(select ...) in the policies: what they compare with is a constant
-- for the indexes. Not a definer function: a role reads its own rows of business_member, and can
-- ask about no other role. Every name is qualified, also the operators (so no nullif, which takes
-- its = from the search_path): the search_path is the session's.
--
-- A transaction-local setting reads as '' once its transaction is over. to_regrole, because the roles
-- may not have been created yet. Parallel safe, or no query of a role under a policy ever got a
-- parallel plan.
create or replace function onethread.visible_businesses(p_role name)
returns setof bigint
language plpgsql
stable
parallel safe
rows 1
as $$
declare
  v_setting pg_catalog.text := pg_catalog.current_setting('onethread.business_id', true);
begin
  if pg_catalog.pg_has_role(p_role, pg_catalog.to_regrole('onethread_app'), 'usage') then
    if v_setting operator(pg_catalog.<>) '' then
      return next v_setting::pg_catalog.int8;
    end if;
  else
    return query
    select m.business_id
    from onethread.business_member m
    where m.role_name operator(pg_catalog.=) p_role;
  end if;
end;
$$;

comment on function onethread.visible_businesses(name) is
  'For onethread_app and its members the business in onethread.business_id, for every other role those '
  'that business_member gives it. Of no concern to roles that bypass row-level security.';
