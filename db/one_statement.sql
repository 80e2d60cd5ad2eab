-- Onethread {{version}}: tables, functions, triggers and rights, in one statement.
--
-- Run it as the owner of the database, or as a role that may make schemas in it and tables in
-- public: psql -X -f this-file "$DATABASE_URL", or pasted into the SQL editor of Supabase or Neon.
-- All of it is done, or nothing. On a database of an earlier version it upgrades; run again, it
-- changes nothing. It and `onethread migrate` may take turns. A CRM's tables with these names are
-- adopted by `onethread migrate` alone, while their programs write: then this file stops.
--
-- What is written in it is db/ of Onethread's source, file by file, without the comments at their
-- top. "@@@" begins and ends a list of numbers that is packed: one character stands for two, as
-- v_pairs says, and a letter before a number says how many digits it has from the one before.

do $onethread$
declare
  v_pairs constant text[] := {{pairs}};
  -- Name, text.
  v_migrations constant text[] := {{migrations}};
  -- Name, table of a trigger, text.
  v_packed constant text[] := {{sources}};
  v_sources text[] := v_packed;
  v_hashes text[];
  v_functions text[];
  v_views text[];
  v_triggers text[];
  v_trigger_tables text[];
  v_source text[];
  v_text text;
  v_part text;
  v_number text;
  v_numbers text[];
  v_item text[];
  v_name text;
  v_schema text;
  v_problem record;
  v_is_crms boolean := false;
  v_applied text[];
  v_ledger_names text[] := '{}';
  v_ledger_hashes text[] := '{}';
  v_ledger_signatures text[] := '{}';
  v_known_functions text[];
  v_known_definers oid[];
  v_known_views oid[];
  v_aside text[] := '{}';
  v_old text[];
  v_path text := current_setting('search_path');
begin
  perform set_config('client_min_messages', 'warning', true);
  perform set_config('lock_timeout', '5s', true);
  if current_setting('server_version_num')::int < 150000 then
    raise exception 'Onethread needs PostgreSQL 15 or newer';
  end if;
  if not pg_try_advisory_xact_lock({{lock}}) then
    raise exception 'another session is migrating this database'
      using errcode = 'lock_not_available',
        hint = 'Nothing was changed. Run this file when it is done.';
  end if;

  -- 1. What there is to be: the sources as they are, and their names.
  for i in 1 .. array_length(v_packed, 1) loop
    v_text := '';
    for v_problem in
      select p.part, p.position % 2 = 0 as is_packed
      from unnest(string_to_array(v_packed[i][3], '@@@')) with ordinality as p (part, position)
      order by p.position
    loop
      v_part := v_problem.part;
      if v_problem.is_packed then
        v_part := replace(v_part, e'\n', '');
        for j in reverse cardinality(v_pairs) .. 1 loop
          v_part := replace(v_part, left(v_pairs[j], 1), substr(v_pairs[j], 2));
        end loop;
        v_number := '';
        v_numbers := '{}';
        for v_item in
          select regexp_matches(v_part, '([a-t])([0-9]*)(_?)', 'g')
        loop
          v_number := left(v_number, ascii(v_item[1]) - 97) || v_item[2];
          v_numbers := v_numbers || (v_number || replace(v_item[3], '_', e'\n'));
        end loop;
        v_part := replace(array_to_string(v_numbers, ','), e'\n,', e',\n');
      end if;
      v_text := v_text || v_part;
    end loop;
    v_sources[i][3] := v_text;
    v_hashes[i] := encode(sha256(convert_to(v_text, 'UTF8')), 'hex');
    case split_part(v_packed[i][1], '/', 1)
      when 'functions' then
        v_functions := v_functions || split_part(v_packed[i][1], '/', 2);
      when 'views' then
        v_views := v_views || split_part(v_packed[i][1], '/', 2);
      when 'triggers' then
        v_triggers := v_triggers || split_part(v_packed[i][1], '/', 2);
        v_trigger_tables := v_trigger_tables || v_packed[i][2];
    end case;
  end loop;

  -- 2. What is there: yoyo's list of the migrations that ran, and the ledger of what was loaded.
  for v_schema in
    select n.nspname
    from pg_class c
    inner join pg_namespace n on n.oid = c.relnamespace
    where c.relname = '_yoyo_migration'
      and c.relkind = 'r'
      and has_table_privilege(c.oid, 'select')
    order by n.nspname <> 'public', 1
  loop
    execute format(
      'select array_agg(migration_id::text) from %I._yoyo_migration where migration_id like %L',
      v_schema, 'onethread\_%') into v_applied;
    exit when v_applied is not null;
  end loop;
  if v_applied is null then
    v_applied := '{}';
    v_schema := coalesce(
      (
        select n.nspname
        from pg_class c
        inner join pg_namespace n on n.oid = c.relnamespace
        where c.oid = to_regclass('_yoyo_migration')
      ),
      'public');
  end if;
  if to_regclass('onethread.source') is not null then
    select array_agg(s.name), array_agg(s.sha256), array_agg(coalesce(s.signature, ''))
    into v_ledger_names, v_ledger_hashes, v_ledger_signatures
    from onethread.source s;
  end if;

  -- 3. What is in the way is said before anything changes.
  select a.id as name
  into v_problem
  from unnest(v_applied) as a (id)
  where not exists (
    select
    from generate_subscripts(v_migrations, 1) as i
    where v_migrations[i][1] = a.id
  )
  limit 1;
  if found then
    raise exception 'this database has a migration that this file does not know: %', v_problem.name
      using hint = 'Nothing was changed. Take the file of a newer Onethread.';
  end if;
  if cardinality(v_applied) < array_length(v_migrations, 1) then
    if to_regclass('onethread.adopted_table') is null then
      v_is_crms := exists (
        select
        from pg_class c
        where c.relnamespace = 'public'::regnamespace
          and c.relkind in ('r', 'p')
          and c.relname in ('business', 'lead', 'whatsapp_conversation', 'whatsapp_message')
      );
    else
      v_is_crms := exists (select from onethread.adopted_table);
    end if;
  end if;
  if v_is_crms then
    raise exception 'this database has tables of a CRM, or of an earlier install'
      using hint = 'Nothing was changed. Run `onethread migrate`: it takes them up, in use or not.';
  end if;
  select count(*) as number, string_agg(c.name, ', ' order by c.name) as names
  into v_problem
  from ({{collisions}}) as c (name);
  if v_problem.number > 0 then
    raise exception 'Onethread needs names that something else has: %', v_problem.names
      using hint = 'Nothing was changed. Rename them, or move them to another schema.';
  end if;
  for v_problem in
    {{missing_rights}}
  loop
    raise exception '%', v_problem.problem
      using errcode = 'insufficient_privilege', hint = 'Nothing was changed. ' || v_problem.remedy;
  end loop;
  {{single_check}}

  -- 4. The migrations that are missing, each with its mark in yoyo's tables.
  perform set_config('search_path', 'public, ' || quote_ident(v_schema), true);
  if to_regclass(format('%I.yoyo_lock', v_schema)) is null then
    execute format('set local search_path = %I', v_schema);
    create table yoyo_lock (
      locked int default 1, ctime timestamp, pid int not null, primary key (locked));
  end if;
  if to_regclass(format('%I._yoyo_migration', v_schema)) is null then
    execute format('set local search_path = %I', v_schema);
    create table _yoyo_log (
      id varchar(36), migration_hash varchar(64), migration_id varchar(255), operation varchar(10),
      username varchar(255), hostname varchar(255), comment varchar(255), created_at_utc timestamp,
      primary key (id));
    create table _yoyo_version (version int not null primary key, installed_at_utc timestamp);
    create table _yoyo_migration (
      migration_hash varchar(64), migration_id varchar(255), applied_at_utc timestamp,
      primary key (migration_hash));
    insert into _yoyo_version values (2, now() at time zone 'utc');
  end if;
  perform set_config('search_path', 'public, ' || quote_ident(v_schema), true);
  -- A plain `yoyo apply` at the same time would see nothing of this.
  if exists (select from yoyo_lock) then
    raise exception 'yoyo is migrating this database'
      using errcode = 'lock_not_available',
        hint = 'Nothing was changed. Wait for it, or, if it is gone, run `yoyo break-lock`.';
  end if;
  insert into yoyo_lock (locked, ctime, pid) values (1, now() at time zone 'utc', pg_backend_pid());
  foreach v_source slice 1 in array v_migrations loop
    continue when v_source[1] = any (v_applied);
    execute v_source[2];
    insert into _yoyo_migration (migration_hash, migration_id, applied_at_utc)
    values (
      encode(sha256(v_source[1]::bytea), 'hex'), v_source[1], clock_timestamp() at time zone 'utc');
    insert into _yoyo_log (
      id, migration_hash, migration_id, operation, username, hostname, created_at_utc)
    values (
      gen_random_uuid()::text, encode(sha256(v_source[1]::bytea), 'hex'), v_source[1], 'apply',
      session_user, coalesce(host(inet_server_addr()), 'localhost'),
      clock_timestamp() at time zone 'utc');
  end loop;
  delete from yoyo_lock;
  perform set_config('search_path', 'public', true);

  -- 5. Functions. One that has other parameters, or returns something else, is put aside until the
  --    views let go of it; what is new is nobody's before it is granted.
  select
    array_agg(p.oid::text || ' ' || p.ctid::text),
    array_agg(p.oid) filter (where p.prosecdef)
  into v_known_functions, v_known_definers
  from pg_proc p
  where p.pronamespace = 'onethread'::regnamespace;
  perform set_config('check_function_bodies', 'off', true);
  foreach v_source slice 1 in array v_sources loop
    continue when v_source[1] not like 'functions/%';
    begin
      execute v_source[3];
    exception
      when invalid_function_definition then
        for v_name in
          select p.oid::regprocedure::text
          from pg_proc p
          where p.pronamespace = 'onethread'::regnamespace
            and p.proname = split_part(v_source[1], '/', 2)
        loop
          execute format(
            'alter function %s rename to %I',
            v_name, split_part(v_source[1], '/', 2) || ' (old)');
        end loop;
        execute v_source[3];
    end;
  end loop;
  perform set_config('search_path', 'pg_catalog', true);
  perform onethread.revoke_from_others('function', variadic array_agg(p.oid::regprocedure::text))
  from pg_proc p
  where p.pronamespace = 'onethread'::regnamespace
    and (
      not exists (
        select
        from unnest(v_known_functions) as f (known)
        where split_part(f.known, ' ', 1) = p.oid::text
      )
      or p.prosecdef and not p.oid = any (coalesce(v_known_definers, '{}'))
    )
  having count(*) > 0;
  for v_problem in
    select l.name, l.signature, p.oid
    from unnest(v_ledger_names, v_ledger_signatures) as l (name, signature)
    inner join pg_proc p on p.oid = to_regprocedure(l.signature)
    where l.name like 'functions/%'
      -- It was not made again, and another one of its name was.
      and p.oid::text || ' ' || p.ctid::text = any (v_known_functions)
      and exists (
        select
        from pg_proc n
        where n.pronamespace = p.pronamespace
          and n.proname = p.proname
          and n.oid::text || ' ' || n.ctid::text <> all (v_known_functions)
      )
  loop
    execute format(
      'alter function %s rename to %I', v_problem.signature,
      split_part(v_problem.name, '/', 2) || ' (old)');
  end loop;
  select coalesce(array_agg(p.oid::regprocedure::text), '{}')
  into v_aside
  from pg_proc p
  where p.pronamespace = 'onethread'::regnamespace and p.proname like '% (old)';

  -- 6. Views, where the text changed; all of them, where a function was put aside.
  perform set_config('search_path', 'public', true);
  select coalesce(array_agg(c.oid), '{}')
  into v_known_views
  from pg_class c
  where c.relnamespace = 'public'::regnamespace and c.relkind = 'v';
  foreach v_source slice 1 in array v_sources loop
    continue when v_source[1] not like 'views/%'
      or cardinality(v_aside) = 0
      and encode(sha256(convert_to(v_source[3], 'UTF8')), 'hex') is not distinct from
        v_ledger_hashes[array_position(v_ledger_names, v_source[1])];
    execute v_source[3];
  end loop;
  perform onethread.revoke_from_others('table', variadic array_agg('public.' || c.relname))
  from pg_class c
  where c.relnamespace = 'public'::regnamespace and c.relkind = 'v' and c.oid <> all (v_known_views)
  having count(*) > 0;
  for v_name in
    select split_part(l.name, '/', 2)
    from unnest(v_ledger_names) as l (name)
    where l.name like 'views/%'
      and not exists (
        select from generate_subscripts(v_sources, 1) as i where v_sources[i][1] = l.name
      )
  loop
    execute format('drop view if exists public.%I', v_name);
  end loop;

  -- 7. Triggers, where the text changed; then what only the old ones called.
  foreach v_source slice 1 in array v_sources loop
    continue when v_source[1] not like 'triggers/%'
      or encode(sha256(convert_to(v_source[3], 'UTF8')), 'hex') is not distinct from
        v_ledger_hashes[array_position(v_ledger_names, v_source[1])];
    execute v_source[3];
  end loop;
  for v_problem in
    select split_part(l.name, '/', 2) as name, l.signature
    from unnest(v_ledger_names, v_ledger_signatures) as l (name, signature)
    where l.name like 'triggers/%'
      and not exists (
        select from generate_subscripts(v_sources, 1) as i where v_sources[i][1] = l.name
      )
  loop
    execute format('drop trigger if exists %I on %s', v_problem.name, v_problem.signature);
  end loop;
  select v_aside || coalesce(array_agg(l.signature), '{}')
  into v_old
  from unnest(v_ledger_names, v_ledger_signatures) as l (name, signature)
  where l.name like 'functions/%'
    and to_regprocedure(l.signature) is not null
    and not exists (
      select from generate_subscripts(v_sources, 1) as i where v_sources[i][1] = l.name
    );
  foreach v_name in array v_old loop
    execute format('drop function %s', v_name);
  end loop;
  for i in 1 .. 10 loop
    exit when cardinality(v_old) = 0;
    -- Nobody is in the middle of calling them; shorter than deadlock_timeout, so that no writer is
    -- the one to give way.
    begin
      perform set_config('lock_timeout', '500ms', true);
      lock table public.whatsapp_message, public.lead, public.whatsapp_identity_evidence
        in share row exclusive mode;
      exit;
    exception
      when lock_not_available then
        if i = 10 then
          raise exception 'a transaction that writes messages, leads or evidence is still open'
            using errcode = 'lock_not_available',
              hint = 'Nothing was changed. Try again when it has ended.';
        end if;
    end;
  end loop;

  -- 8. The ledger.
  perform set_config('search_path', 'pg_catalog', true);
  delete from onethread.source s
  where s.name not like 'migrations/%'
    and not exists (
      select from generate_subscripts(v_sources, 1) as i where v_sources[i][1] = s.name
    );
  insert into onethread.source (name, sha256, signature)
  select f.name, f.sha256, f.signature
  from (
    select
      v_sources[i][1] as name,
      v_hashes[i] as sha256,
      case
        when v_sources[i][1] like 'functions/%' then (
          select p.oid::regprocedure::text
          from pg_proc p
          where p.pronamespace = 'onethread'::regnamespace
            and p.proname = split_part(v_sources[i][1], '/', 2)
        )
        else nullif(v_sources[i][2], '')
      end as signature
    from generate_subscripts(v_sources, 1) as i
    union all
    select
      'migrations/' || v_migrations[i][1],
      encode(sha256(convert_to(v_migrations[i][2], 'UTF8')), 'hex'),
      null
    from generate_subscripts(v_migrations, 1) as i
  ) as f
  on conflict (name) do update
  set sha256 = excluded.sha256, signature = excluded.signature, loaded_at = now()
  where (source.sha256, source.signature) is distinct from (excluded.sha256, excluded.signature);

  -- 9. Roles, and who may do what.
  perform set_config('search_path', 'public', true);
  execute {{everybody}};
  execute {{roles}};
  if {{has_roles}} then
    execute {{grants}};
    execute {{policies}};
  else
    raise warning 'This database has no roles for tenants yet: only its owner can use it.'
      using hint = 'As a role that may create roles: {{create_roles}} Then run this file again.';
  end if;
  {{single}}
  perform set_config('search_path', v_path, true);
end;
$onethread$;

-- Threads that evidence joins while somebody is just writing wait for a moment when nobody is.
-- `onethread serve` applies them. Without it, where there is pg_cron (Supabase, Neon, RDS have it;
-- it may have to be switched on first), run the lines between the two marks, once:
/*
create extension if not exists pg_cron;
select cron.schedule('onethread-pending', '* * * * *', $cron$
do $$
declare
  v_pending record;
begin
  for v_pending in select * from onethread.list_pending_evidence(1000) loop
    perform onethread.apply_pending_evidence(v_pending.business_id, v_pending.evidence_id);
    commit;
  end loop;
end;
$$
$cron$);
*/
