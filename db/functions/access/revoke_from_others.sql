-- Take what is new from everybody but its owner.
--
-- A host may give every new object to roles of its own (alter default privileges, per schema or for
-- all), and PostgreSQL gives a new function to PUBLIC: whom, the object's own list of rights says.
-- Each migration ends with a call for what it made; the first one makes this function, too.
create or replace function onethread.revoke_from_others(p_kind text, variadic p_names text[])
returns void
language plpgsql
as $$
declare
  v_grant record;
begin
  for v_grant in
    with recursive named as (
      select
        case p_kind
          when 'schema' then to_regnamespace(n.name)::oid
          when 'function' then to_regprocedure(n.name)::oid
          when 'type' then to_regtype(n.name)::oid
          else to_regclass(n.name)::oid
        end as id,
        p_kind as kind
      from unnest(p_names) as n (name)
      union all
      -- The sequences of a table.
      select d.objid, 'sequence'
      from named
      inner join pg_depend d
        on d.refclassid = 'pg_class'::regclass and d.refobjid = named.id
        and d.classid = 'pg_class'::regclass and d.deptype in ('a', 'i')
      inner join pg_class s on s.oid = d.objid and s.relkind = 'S'
      where named.kind = 'table'
    ),
    object as (
      select 'schema' as kind, s.oid::regnamespace::text as name, s.nspowner as owner,
        coalesce(s.nspacl, acldefault('n', s.nspowner)) as acl
      from named inner join pg_namespace s on named.kind = 'schema' and s.oid = named.id
      union all
      select 'function', f.oid::regprocedure::text, f.proowner,
        coalesce(f.proacl, acldefault('f', f.proowner))
      from named inner join pg_proc f on named.kind = 'function' and f.oid = named.id
      union all
      select 'type', t.oid::regtype::text, t.typowner,
        coalesce(t.typacl, acldefault('T', t.typowner))
      from named inner join pg_type t on named.kind = 'type' and t.oid = named.id
      union all
      select named.kind, c.oid::regclass::text, c.relowner,
        coalesce(c.relacl, acldefault(
          (case c.relkind when 'S' then 's' else 'r' end)::"char", c.relowner))
      from named
      inner join pg_class c on named.kind in ('table', 'sequence') and c.oid = named.id
    )
    select distinct
      o.kind, o.name,
      case a.grantee when 0 then 'public' else a.grantee::regrole::text end as grantee
    from object o
    cross join aclexplode(o.acl) as a
    where a.grantee <> o.owner
  loop
    execute format(
      'revoke all on %s %s from %s', v_grant.kind, v_grant.name, v_grant.grantee);
  end loop;
end;
$$;

comment on function onethread.revoke_from_others(text, text[]) is
  'Revokes all rights on objects of a kind (schema, table, sequence, type, function) from all that '
  'their ACL names but the owner. The sequences of a table are meant too.';
