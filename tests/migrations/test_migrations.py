"""Migrations, and the loading of functions, views and triggers after them."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import psycopg
import pytest

from onethread import cli
from onethread.database import config, version
from onethread.errors import NotMigrated, OnethreadError
from onethread.schema import access, migrate
from tests.adoption.test_collisions import relations
from tests.server import client
from tests.sql import privileges

DB_DIR = config.DB_DIR
HASHES = Path(__file__).with_name("hashes.json")


def run(*command: str | Path, cwd: Path | None = None, url: str | None = None) -> str:
    """Runs a program; returns what it printed."""
    environment = os.environ | ({"DATABASE_URL": url} if url else {})
    done = subprocess.run(
        list(map(str, command)), cwd=cwd, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def dump_schema(url: str) -> str:
    """The schema as pg_dump writes it, without its random keys."""
    text = run(client("pg_dump", url), "--schema-only", url)
    return re.sub(r"(?m)^\\(un)?restrict .*\n", "", text)


def installed(name: str) -> str:
    """Path of a command beside this Python."""
    command = shutil.which(name, path=str(Path(sys.executable).parent))
    if command is None:
        pytest.skip(f"{name} is not installed beside this Python")
    return command


def test_schema_is_the_same_when_migrated_twice(empty_database: str) -> None:
    files = sorted(path.stem for path in (DB_DIR / "migrations").glob("*.sql"))
    assert migrate.migrate(empty_database) == files
    once = dump_schema(empty_database)
    assert migrate.migrate(empty_database) == []
    assert dump_schema(empty_database) == once


def test_schema_is_the_same_when_plain_yoyo_applies(database: str, empty_database: str) -> None:
    uri = empty_database.replace("postgresql://", "postgresql+psycopg://")
    run(installed("yoyo"), "apply", "--database", uri, cwd=DB_DIR)
    assert dump_schema(empty_database) == dump_schema(database)
    with psycopg.connect(empty_database) as connection:
        version.check_schema(connection)
    assert migrate.migrate(empty_database) == []
    assert dump_schema(empty_database) == dump_schema(database)


_HOST_DEFAULTS = (
    # As Supabase has them; for one schema, and for whatever is made.
    "alter default privileges in schema public grant all on tables to {role}; "
    "alter default privileges in schema public grant all on sequences to {role}; "
    "alter default privileges in schema public grant all on functions to {role}",
    "alter default privileges grant all on tables to {role}; "
    "alter default privileges grant all on sequences to {role}; "
    "alter default privileges grant all on functions to {role}; "
    "alter default privileges grant all on types to {role}; "
    "alter default privileges grant all on schemas to {role}",
)
_RIGHTS = """
select o.kind || ' ' || o.name
from (
  select 'relation' as kind, c.oid::regclass::text as name, c.relacl as acl
  from pg_class c where c.relnamespace in ('public'::regnamespace, 'onethread'::regnamespace)
  union all
  select 'function', p.oid::regprocedure::text, p.proacl
  from pg_proc p where p.pronamespace in ('public'::regnamespace, 'onethread'::regnamespace)
  union all
  select 'type', t.oid::regtype::text, t.typacl
  from pg_type t where t.typnamespace = 'onethread'::regnamespace and t.typrelid = 0
  union all
  select 'type', t.oid::regtype::text, t.typacl
  from pg_type t inner join pg_class c on c.oid = t.typrelid and c.relkind = 'c'
  where t.typnamespace = 'onethread'::regnamespace
  union all
  select 'schema', n.nspname, n.nspacl from pg_namespace n where n.nspname = 'onethread'
) o
cross join aclexplode(o.acl) as a
where a.grantee = %s::regrole
"""


@pytest.mark.parametrize("defaults", _HOST_DEFAULTS)
@pytest.mark.parametrize("is_plain", [False, True])
def test_nothing_is_the_hosts_when_its_defaults_give_everything(
    empty_database: str, is_plain: bool, defaults: str
) -> None:
    """Also what yoyo makes for itself, and what somebody grants later stays."""
    role = "host_" + psycopg.conninfo.conninfo_to_dict(empty_database)["dbname"]
    with psycopg.connect(empty_database, autocommit=True) as connection:
        connection.execute(f"create role {role}; {defaults.format(role=role)}")
        try:
            if is_plain:
                uri = empty_database.replace("postgresql://", "postgresql+psycopg://")
                run(installed("yoyo"), "apply", "--database", uri, cwd=DB_DIR)
            else:
                migrate.migrate(empty_database)
            assert connection.execute(_RIGHTS, [role]).fetchall() == []
            connection.execute(f"grant select on whatsapp_message, _yoyo_log to {role}")
            migrate.migrate(empty_database)
            assert sorted(connection.execute(_RIGHTS, [role]).fetchall()) == [
                ("relation _yoyo_log",),
                ("relation whatsapp_message",),
            ]
        finally:
            connection.execute(f"drop owned by {role}; drop role {role}")


def test_tables_of_another_yoyo_are_left_alone_when_a_crm_has_one(empty_database: str) -> None:
    """The CRM migrates by yoyo, too, under its usual name: its list, its log and their rights."""
    role = "crm_" + psycopg.conninfo.conninfo_to_dict(empty_database)["dbname"]
    with psycopg.connect(empty_database, autocommit=True) as connection:
        connection.execute(f"create role {role}")
        try:
            backend = migrate._Backend.for_url(empty_database)
            backend.init_database()
            backend.ensure_internal_schema_updated()
            backend.connection.close()
            connection.execute(
                "insert into _yoyo_migration values ('x', '0001_crm', now()); "
                "insert into _yoyo_log (id, migration_id, operation) "
                "values ('1', '0001_crm', 'apply'); "
                f"grant select on _yoyo_migration, _yoyo_log, _yoyo_version, yoyo_lock to {role}"
            )
            migrate.migrate(empty_database)
            ids = {row[0] for row in connection.execute("select migration_id from _yoyo_migration")}
            assert {name for name in ids if not name.startswith("onethread_")} == {"0001_crm"}
            assert sorted(name for (name,) in connection.execute(_RIGHTS, [role])) == [
                f"relation {table}"
                for table in ("_yoyo_log", "_yoyo_migration", "_yoyo_version", "yoyo_lock")
            ]
        finally:
            connection.execute(f"drop owned by {role}; drop role {role}")


@pytest.mark.parametrize("is_first", [True, False])
def test_a_crm_migrates_with_yoyo_too_when_it_likes(
    empty_database: str, tmp_path: Path, is_first: bool
) -> None:
    """Before us or after us; yoyo has one list of what was applied, and we share it."""
    (tmp_path / "0001_schema.sql").write_text("create table note (id bigint);", "utf-8")
    uri = empty_database.replace("postgresql://", "postgresql+psycopg://")
    theirs = ("apply", "--batch", "--no-config-file", "--database", uri, str(tmp_path))
    if is_first:
        run(installed("yoyo"), *theirs, cwd=tmp_path)
    migrate.migrate(empty_database)
    run(installed("yoyo"), *theirs, cwd=tmp_path)
    assert migrate.migrate(empty_database) == []
    with psycopg.connect(empty_database) as connection:
        version.check_schema(connection)
        assert connection.execute("select count(*) from note").fetchone() == (0,)


def test_plain_yoyo_changes_nothing_when_there_are_tables_of_a_crm(empty_database: str) -> None:
    with psycopg.connect(empty_database, autocommit=True) as connection:
        connection.execute(
            "create table lead (id bigserial primary key, business_id bigint, name text, "
            "phone text)"
        )
    uri = empty_database.replace("postgresql://", "postgresql+psycopg://")
    outcome = subprocess.run(
        [installed("yoyo"), "apply", "--database", uri], cwd=DB_DIR, capture_output=True, text=True
    )
    assert outcome.returncode != 0
    assert "Run `onethread migrate`" in outcome.stderr
    with psycopg.connect(empty_database) as connection:
        assert connection.execute("select to_regnamespace('onethread')").fetchone() == (None,)
    migrate.migrate(empty_database)
    with psycopg.connect(empty_database) as connection:
        version.check_schema(connection)


def test_plain_yoyo_is_known_when_the_search_path_begins_elsewhere(empty_database: str) -> None:
    name = psycopg.conninfo.conninfo_to_dict(empty_database)["dbname"]
    with psycopg.connect(empty_database, autocommit=True) as connection:
        connection.execute(
            f"create schema tools; alter database {name} set search_path = tools, public"
        )
    uri = empty_database.replace("postgresql://", "postgresql+psycopg://")
    run(installed("yoyo"), "apply", "--database", uri, cwd=DB_DIR)
    with psycopg.connect(empty_database) as connection:
        version.check_schema(connection)
        assert connection.execute(
            "select schemaname from pg_tables where tablename = '_yoyo_migration'"
        ).fetchall() == [("tools",)]
    assert migrate.migrate(empty_database) == []


def test_schema_is_whole_when_four_migrate_at_once(database: str, empty_database: str) -> None:
    processes = [
        subprocess.Popen(
            [installed("onethread"), "migrate"],
            env=os.environ | {"DATABASE_URL": empty_database},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    outputs = [process.communicate(timeout=120) for process in processes]
    assert [process.returncode for process in processes] == [0] * 4, outputs
    applied = [int(out.split()[0]) for out, _ in outputs]
    assert sorted(applied)[:3] == [0, 0, 0]
    assert max(applied) == len(list((DB_DIR / "migrations").glob("*.sql")))
    assert dump_schema(empty_database) == dump_schema(database)


def test_landed_migration_is_unchanged_when_hashed() -> None:
    landed = json.loads(HASHES.read_text("utf-8"))
    actual = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted((DB_DIR / "migrations").glob("*.sql"))
    }
    changed = sorted(name for name in landed if actual.get(name) != landed[name])
    assert not changed, f"a landed migration was changed, write a new one instead: {changed}"
    missing = {name: actual[name] for name in actual if name not in landed}
    assert not missing, f"add the new migration to {HASHES.name}: {missing}"


def test_migrations_are_sql_when_listed() -> None:
    others = {path.name for path in (DB_DIR / "migrations").glob("*") if path.suffix != ".sql"}
    assert others - {"__pycache__"} == {"post-apply.py"}


def test_migrations_depend_on_the_one_before_when_listed() -> None:
    files = sorted((DB_DIR / "migrations").glob("*.sql"))
    assert [path.name[:15] for path in files] == [
        f"onethread_{n:04}_" for n in range(1, len(files) + 1)
    ]
    for before, path in pairwise(files):
        assert path.read_text("utf-8").startswith(f"-- depends: {before.stem}\n")


_OBJECTS = """
select 'trigger' as kind, tgname::text as name, oid::text, xmin::text from pg_trigger
where not tgisinternal
union all
select 'view', c.relname, c.oid::text, r.oid::text || ' ' || r.xmin::text
from pg_class c inner join pg_rewrite r on r.ev_class = c.oid
where c.relnamespace in ('public'::regnamespace, to_regnamespace('onethread'))
order by 1, 2
"""


def test_views_and_triggers_are_not_replaced_when_unchanged(database: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        before = connection.execute(_OBJECTS).fetchall()
        migrate.migrate(database)
        assert connection.execute(_OBJECTS).fetchall() == before
    assert {row[0] for row in before} == {"trigger", "view"}


def test_only_the_trigger_is_replaced_when_its_text_changed(database: str, db_copy: Path) -> None:
    path = db_copy / "triggers" / "lead_20_link.sql"
    path.write_text(path.read_text("utf-8") + "-- changed\n", "utf-8")
    with psycopg.connect(database, autocommit=True) as connection:
        with pytest.raises(NotMigrated, match="lead_20_link"):
            version.check_schema(connection)
        before = connection.execute(_OBJECTS).fetchall()
        migrate.migrate(database)
        after = connection.execute(_OBJECTS).fetchall()
        version.check_schema(connection)
    assert {row[1] for row in set(after) - set(before)} == {"lead_20_link"}


def test_function_is_created_again_when_edited_by_hand(database: str) -> None:
    source = "select prosrc from pg_proc where proname = 'find_conversation'"
    with psycopg.connect(database, autocommit=True) as connection:
        original = connection.execute(source).fetchone()
        connection.execute(
            "create or replace function "
            "onethread.find_conversation(p_business_id bigint, p_raw text, "
            "p_provider text default null) returns bigint language sql stable "
            "as 'select 42::bigint'"
        )
        migrate.migrate(database)
        assert connection.execute(source).fetchone() == original


@pytest.mark.parametrize(
    "text",
    [
        "-- depends: onethread_0001_schema\ncreate tabel x ();",
        "select 1; selec 'open",
        "select 1/0",
    ],
)
def test_command_tells_when_a_migration_cannot_be_parsed(
    database: str,
    db_copy: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    text: str,
) -> None:
    (db_copy / "migrations" / "0099_broken.sql").write_text(text, "utf-8")
    monkeypatch.setenv("DATABASE_URL", database)
    before = dump_schema(database)
    for _ in range(2):  # neither applied nor locked out by the first try
        assert cli.main(["migrate"]) == 1
        error = capsys.readouterr().err
        assert error.startswith("onethread: ")
        assert "0099_broken" in error
    assert dump_schema(database) == before


def test_command_tells_when_a_migration_depends_on_none(
    database: str,
    db_copy: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    text = "-- depends: 0098_missing\nset local lock_timeout = '5s';\n"
    (db_copy / "migrations" / "0099_broken.sql").write_text(text, "utf-8")
    monkeypatch.setenv("DATABASE_URL", database)
    assert cli.main(["migrate"]) == 1
    error = capsys.readouterr().err
    assert error.startswith("onethread: a migration cannot be read")
    assert "0099_broken" in error


@pytest.mark.parametrize(
    ("text", "word"),
    [("create functio x()", "syntax error"), ("select no_such_function()", "no_such_function")],
)
def test_command_tells_when_a_source_cannot_be_loaded(
    database: str,
    db_copy: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    text: str,
    word: str,
) -> None:
    (db_copy / "functions" / "broken.sql").write_text(text, "utf-8")
    monkeypatch.setenv("DATABASE_URL", database)
    assert cli.main(["migrate"]) == 1
    error = capsys.readouterr().err
    assert error.startswith("onethread: ")
    assert word in error
    assert "db/functions/broken.sql" in error
    (db_copy / "functions" / "broken.sql").unlink()
    assert cli.main(["migrate"]) == 0


ROLES = ("onethread_admin", "onethread_app", "onethread_reader", "onethread_writer")


def test_schema_is_taken_when_the_owner_may_not_make_one(
    empty_database: str, plain_owner: str
) -> None:
    role = psycopg.conninfo.conninfo_to_dict(plain_owner)["user"]
    with psycopg.connect(empty_database, autocommit=True) as connection:
        [(name,)] = connection.execute("select current_database()").fetchall()
        connection.execute(
            f"alter database {name} owner to current_user; grant create on schema public to {role}"
        )
        before = relations(empty_database)
        with pytest.raises(OnethreadError, match="may not make a schema") as refused:
            migrate.migrate(plain_owner)
        assert f"create schema onethread authorization {role};" in refused.value.hint
        assert relations(empty_database) == before
        connection.execute(f"create schema onethread authorization {role}")
    migrate.migrate(plain_owner)
    with psycopg.connect(plain_owner) as connection:
        version.check_schema(connection)


def test_grants_are_made_when_owner_may_not_create_roles(database: str, plain_owner: str) -> None:
    """The roles are there, made by somebody else: another database of this server has them."""
    migrate.migrate(plain_owner)
    with psycopg.connect(plain_owner) as mine, psycopg.connect(database) as other:
        assert privileges.render(mine) == privileges.render(other)


def test_migration_tells_what_to_do_when_roles_cannot_be_made(
    empty_database: str,
    plain_owner: str,
    db_copy: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Under other names: those of the server's roles cannot be taken away from the other tests."""
    unique = psycopg.conninfo.conninfo_to_dict(plain_owner)["dbname"]
    for path in (db_copy / "access").glob("*.sql"):
        path.write_text(path.read_text("utf-8").replace("onethread_", f"{unique}_"), "utf-8")
    for path in (db_copy / "functions").rglob("*.sql"):
        path.write_text(
            path.read_text("utf-8").replace("'onethread_app'", f"'{unique}_app'"), "utf-8"
        )
    names = tuple(role.replace("onethread", unique) for role in ROLES)
    monkeypatch.setattr(access, "ROLES", names)

    migrate.migrate(plain_owner)
    assert f"create role {unique}_app nologin;" in caplog.text
    with psycopg.connect(plain_owner) as connection:
        version.check_schema(connection)
        rights = privileges.render(connection).splitlines()
        assert {line for line in rights if line.endswith(" execute")} == {
            "PUBLIC function can_write_business(p_business_id bigint) execute",
            "PUBLIC function visible_businesses(p_role name) execute",
        }

    with psycopg.connect(empty_database, autocommit=True) as connection:
        connection.execute("".join(f"create role {name} nologin;" for name in names))
    caplog.clear()
    migrate.migrate(plain_owner)
    assert caplog.text == ""
    with psycopg.connect(plain_owner) as connection:
        expected = privileges.GOLDEN.read_text("utf-8").replace("onethread_", f"{unique}_")
        assert privileges.render(connection) == expected


def test_roles_are_made_once_when_two_databases_make_them_at_once(
    database: str, empty_database: str
) -> None:
    """The second waits for the first's transaction, and then finds the roles there."""
    source = (DB_DIR / "access" / "roles.sql").read_text("utf-8")
    unique = psycopg.conninfo.conninfo_to_dict(database)["dbname"]
    source = source.replace("onethread_", f"{unique}_race_")
    with (
        psycopg.connect(database) as first,
        psycopg.connect(empty_database) as second,
        psycopg.connect(database, autocommit=True) as watch,
        ThreadPoolExecutor(1) as pool,
    ):
        first.execute(source.encode())
        waiting = pool.submit(second.execute, source.encode())
        query = "select wait_event_type from pg_stat_activity where pid = %s"
        while watch.execute(query, [second.info.backend_pid]).fetchone() != ("Lock",):
            assert not waiting.done()
        first.commit()
        waiting.result(timeout=30)
        second.commit()
        found = watch.execute(
            "select count(*) from pg_roles where starts_with(rolname, %s)", [f"{unique}_race_"]
        )
        assert found.fetchone() == (4,)


def test_new_definer_function_is_nobodys_when_loaded(database: str, db_copy: Path) -> None:
    (db_copy / "functions" / "careless.sql").write_text(
        "create or replace function onethread.careless() returns bigint language sql stable "
        "security definer as 'select count(*) from public.whatsapp_message';",
        "utf-8",
    )
    migrate.migrate(database)
    with psycopg.connect(database) as connection:
        assert "- function careless() -\n" in privileges.render(connection)
