-- The schema onethread: a house of our own. Programs of the CRM read and write tables in public;
-- every function and type, and every table that is for our own use, stands here.

-- Tables that are there are adopted in steps that do not hold up their writers: not by plain yoyo.
do $$
begin
  if exists (
    select
    from pg_class
    where relnamespace = 'public'::regnamespace
      and relname in ('business', 'lead', 'whatsapp_conversation', 'whatsapp_message')
  ) then
    raise exception 'this database has tables of a CRM, or of an earlier install'
      using hint = 'Run `onethread migrate`: it takes them up.';
  end if;
end;
$$;

-- Where the owner of a database may not make schemas, somebody else has made it for him.
do $$
begin
  if to_regnamespace('onethread') is null then
    create schema onethread;
  end if;
end;
$$;

comment on schema onethread is
  'Onethread''s functions and types, and the tables that are for its own use.';

-- A host may give every new object to roles of its own (alter default privileges, per schema or for
-- all). What we make is taken back when it is made, from everybody its ACL names, and never again:
-- what is granted later is the host's word. db/functions has the same function.
create function onethread.revoke_from_others(p_kind text, variadic p_names text[])
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

-- A trigger's condition and a policy run as whoever writes: without this a CRM's own role could
-- write no message any more.
do $$
begin
  perform onethread.revoke_from_others('schema', 'onethread');
end;
$$;
grant usage on schema onethread to public;

do $$
begin
  perform onethread.revoke_from_others('function', 'onethread.revoke_from_others(text, text[])');
end;
$$;

create table onethread.source (
  name text not null,
  sha256 text not null,
  signature text,
  loaded_at timestamptz not null default now(),
  constraint source_pkey primary key (name),
  constraint source_time_check
    check (loaded_at >= '1970-01-01 00:00+00' and loaded_at < '9999-12-31 00:00+00')
);

comment on table onethread.source is
  'The files of db/functions, db/views and db/triggers as they were last loaded: tells whether '
  'this database is up to date, spares views and triggers a lock when nothing changed, and says '
  'what is ours.';
comment on column onethread.source.name is 'Folder and name of the file: functions/link_message.';
comment on column onethread.source.sha256 is 'Of the file''s text.';
comment on column onethread.source.signature is
  'Of a function, with its argument types, by which it is dropped when its file is gone.';

create table onethread.adopted_table (
  name text not null,
  adopted_at timestamptz not null default now(),
  constraint adopted_table_pkey primary key (name),
  constraint adopted_table_time_check
    check (adopted_at >= '1970-01-01 00:00+00' and adopted_at < '9999-12-31 00:00+00')
);

comment on table onethread.adopted_table is
  'The tables of the schema public that were there before Onethread: their keys and row-level '
  'security stay the CRM''s.';

do $$
begin
  perform onethread.revoke_from_others('table', 'onethread.source', 'onethread.adopted_table');
end;
$$;

-- yoyo's own tables, wherever they are on the search path. A program of the CRM may use yoyo too, and
-- shares them: they are ours when their log is empty.
do $$
begin
  if not exists (select from _yoyo_log) then
    perform onethread.revoke_from_others(
      'table', '_yoyo_migration', '_yoyo_log', '_yoyo_version', 'yoyo_lock');
  end if;
end;
$$;
