-- May whoever called a definer function call it, and for this business?
--
-- Inside a definer function current_user is the owner, to whom everything is open. The caller is
-- the role of SET ROLE, which nobody can set without being its member, else the login. Both are asked
-- of this one role: PostgreSQL has asked whoever calls by name, and that is the owner of a definer
-- function of another tenant's, which lends its right to a login that has none. The answer about the
-- business is that of the policies, so also: yes, when they do not concern the caller.
create or replace function onethread.is_callers_business(p_business_id bigint, p_function text)
returns boolean
language plpgsql
stable
as $$
declare
  v_caller name := coalesce(
    nullif(pg_catalog.current_setting('role'), 'none')::pg_catalog.name, session_user);
begin
  return pg_catalog.has_function_privilege(v_caller, p_function, 'execute') and (
    exists (
      select
      from onethread.visible_businesses(v_caller) as b (id)
      where b.id operator(pg_catalog.=) p_business_id
    ) or exists (
      select
      from pg_catalog.pg_roles r
      inner join pg_catalog.pg_class c
        on c.oid operator(pg_catalog.=) 'public.whatsapp_message'::pg_catalog.regclass
      where r.rolname operator(pg_catalog.=) v_caller
        and (r.rolsuper
          or r.rolbypassrls
          or (pg_catalog.pg_has_role(r.oid, c.relowner, 'usage') and not c.relforcerowsecurity))
    ));
end;
$$;

comment on function onethread.is_callers_business(bigint, text) is
  'For definer functions: true when the role of this session (SET ROLE, else the login) may itself '
  'call the function (signature), and sees the business or row-level security does not apply to it.';
