-- Could a login write messages of the business, as itself or as a role that it may become?
--
-- What can_write_business() says of the session itself, of somebody else. Rather yes than no: what a
-- policy of the CRM's own admits is not known here, so whoever may insert and meets one could.
create or replace function onethread.is_possible_writer(p_business_id bigint, p_login oid)
returns boolean
language sql
stable
as $$
select exists (
  select
  from pg_catalog.pg_roles r
  inner join pg_catalog.pg_class c on c.oid = 'public.whatsapp_message'::regclass
  where pg_has_role(p_login, r.oid, 'member')
    and (
      r.rolsuper
      or r.rolbypassrls
      or pg_has_role(r.oid, c.relowner, 'usage')
      or has_any_column_privilege(r.oid, c.oid, 'insert')
        and (
          not c.relrowsecurity
          or pg_has_role(r.oid, to_regrole('onethread_app'), 'usage')
          or exists (
            select
            from onethread.business_member m
            where m.business_id = p_business_id and m.role_name = r.rolname
          )
          or exists (
            select
            from pg_catalog.pg_policy p
            where p.polrelid = c.oid and p.polpermissive and p.polname <> 'business_isolation'
          )
        )
    )
)
$$;

comment on function onethread.is_possible_writer(bigint, oid) is
  'True when the login, or a role that it is a member of, may insert messages of the business.';
