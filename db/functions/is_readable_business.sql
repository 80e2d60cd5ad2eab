-- May whoever calls the calling definer function read this business?
--
-- Inside a definer function current_user is the owner, whom no policy concerns; the session's own
-- role is in the setting role, or is the login. The answer is the policy's: roles that bypass
-- row-level security read everything, the others the business in app.business_id.
create or replace function public.is_readable_business(p_business_id bigint)
returns boolean
language sql
stable
as $$
select
  coalesce(nullif(current_setting('app.business_id', true), '')::bigint = p_business_id, false)
  or coalesce(
    (
      select r.rolsuper or r.rolbypassrls
        or (pg_catalog.pg_has_role(r.oid, c.relowner, 'usage') and not c.relforcerowsecurity)
      from pg_catalog.pg_roles r
      cross join pg_catalog.pg_class c
      where r.rolname = coalesce(nullif(current_setting('role'), 'none'), session_user)
        and c.oid = 'public.whatsapp_message'::regclass
    ),
    false)
$$;

comment on function public.is_readable_business(bigint) is
  'True when app.business_id names this business, or row-level security does not apply to the role of '
  'this session (SET ROLE, else the login).';
