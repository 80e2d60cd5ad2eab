"""Roles of the host: what they are given, what they keep, and what Onethread leaves them.

A host like Supabase gives every new object to its own roles, by default privileges of a schema or
of everything. A CRM has roles that are members of none of ours.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

from onethread.database.config import DB_DIR
from onethread.schema import migrate
from tests.conftest import add_login
from tests.sql import privileges

Connection = psycopg.Connection[Any]

# Supabase's, and the same without a schema.
_BY_SCHEMA = """
alter default privileges in schema public grant all on tables to {roles};
alter default privileges in schema public grant all on sequences to {roles};
alter default privileges in schema public grant all on functions to {roles};
"""
_GLOBAL = """
alter default privileges grant all on tables to {roles};
alter default privileges grant all on sequences to {roles};
alter default privileges grant all on functions to {roles};
alter default privileges grant all on types to {roles};
alter default privileges grant all on schemas to {roles};
"""


def _migrate(url: str) -> None:
    migrate.migrate(url)


def _plain_yoyo(url: str) -> None:
    yoyo = shutil.which("yoyo", path=str(Path(sys.executable).parent))
    assert yoyo is not None
    uri = url.replace("postgresql://", "postgresql+psycopg://")
    subprocess.run([yoyo, "apply", "--database", uri], cwd=DB_DIR, check=True, capture_output=True)


@contextmanager
def host_roles(url: str, names: str) -> Iterator[dict[str, str]]:
    """Roles of these names, for this database alone, which are gone at the end."""
    suffix = str(psycopg.conninfo.conninfo_to_dict(url)["dbname"])
    roles = {name: f"{name}_{suffix}" for name in names.split()}
    with psycopg.connect(url, autocommit=True) as owner:
        for role in roles.values():
            add_login(owner, role)
        try:
            yield roles
        finally:
            for role in roles.values():
                owner.execute(f"drop owned by {role}; drop role {role}")


@pytest.mark.parametrize("load", [_migrate, _plain_yoyo])
@pytest.mark.parametrize("defaults", [_BY_SCHEMA, _GLOBAL], ids=["schema", "global"])
def test_nothing_is_the_hosts_when_it_is_given_everything_new(
    empty_database: str, defaults: str, load: Callable[[str], None]
) -> None:
    with (
        host_roles(empty_database, "anon authenticated service_role") as roles,
        psycopg.connect(empty_database, autocommit=True) as owner,
    ):
        owner.execute(defaults.format(roles=", ".join(roles.values())).encode())
        load(empty_database)
        assert privileges.render(owner) == privileges.GOLDEN.read_text("utf-8")
        owner.execute("create table theirs (id int)")
        with psycopg.connect(empty_database, user=roles["anon"], autocommit=True) as anon:
            anon.execute("select from theirs")
            for statement in (
                "select from whatsapp_message",
                "select from crm_conversation",
                "truncate lead cascade",
                "select nextval('lead_id_seq')",
                "select from onethread.source",
                "select from _yoyo_migration",
                "select from _yoyo_log",
                "select onethread.list_inbox(1)",
                "select onethread.merge_conversations(1, 1, 2, '')",
                "create table onethread.mine ()",
            ):
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    anon.execute(statement.encode())


def test_grants_of_the_host_stay_when_migrated_again(database: str, db_copy: Path) -> None:
    """On a table, a view that is replaced, a function, and a function of PUBLIC's."""
    view = db_copy / "views" / "crm_conversation.sql"
    with host_roles(database, "anon") as roles, psycopg.connect(database, autocommit=True) as owner:
        owner.execute(
            f"grant select on lead, crm_conversation to {roles['anon']}; "
            f"grant execute on function onethread.list_inbox to {roles['anon']}; "
            f"grant execute on function onethread.normalize_phone to public; "
            f"grant usage on schema onethread to {roles['anon']}"
        )
        before = privileges.render(owner)
        view.write_text(view.read_text("utf-8") + "-- changed\n", "utf-8")
        migrate.migrate(database)
        assert privileges.render(owner) == before
        assert len(re.findall(f"(?m)^{roles['anon']} ", before)) == 4


def test_function_is_closed_again_when_it_becomes_a_definer(database: str, db_copy: Path) -> None:
    """What all four roles could call as themselves they could call as the owner."""
    file = next((db_copy / "functions").rglob("find_thread.sql"))
    text = file.read_text("utf-8")
    file.write_text(
        re.sub(r"(?m)^stable$", "stable\nsecurity definer\nset search_path = pg_temp", text),
        "utf-8",
    )
    assert file.read_text("utf-8") != text
    migrate.migrate(database)
    with psycopg.connect(database) as connection:
        assert re.search(r"(?m)^- function find_thread\(.* -$", privileges.render(connection))


_WORK = """
insert into whatsapp_message (business_id, direction, from_number, body)
  values ({b}, 'inbound', '0521110001', 'known');
insert into whatsapp_message (business_id, direction, from_number, body)
  values ({b}, 'inbound', '0521110002', 'new');
update whatsapp_message set from_number = '0521110003' where body = 'new';
insert into lead (business_id, phone) values ({b}, '0521110001');
update lead set phone = '0521110004' where phone = '0521110001';
insert into whatsapp_conversation (business_id, canonical_key) values ({b}, 'phone:{b}:0521110005');
update whatsapp_conversation set canonical_key = canonical_key
"""


@pytest.mark.parametrize("is_protected", [True, False])
def test_program_of_the_crm_goes_on_when_its_role_is_none_of_ours(
    database: str, is_protected: bool
) -> None:
    """INSERT, UPDATE and SELECT of the CRM's own grants, and nothing else."""
    with (
        host_roles(database, "crm") as roles,
        psycopg.connect(database, autocommit=True) as owner,
    ):
        role = roles["crm"]
        tables = "whatsapp_message, lead, whatsapp_conversation"
        owner.execute(
            f"grant select, insert, update on {tables} to {role}; "
            f"grant usage on all sequences in schema public to {role}"
        )
        [(business_id,)] = owner.execute(
            "insert into business (name, default_region) values ('Own', 'IL') returning id"
        ).fetchall()
        owner.execute("insert into business (name, default_region) values ('Other', 'IL')")
        owner.execute(
            "insert into whatsapp_message (business_id, direction, from_number) "
            "select id, 'inbound', '0521110001' from business"
        )
        if is_protected:
            owner.execute(
                "insert into onethread.business_member values (%s, %s)", [business_id, role]
            )
        else:
            for table in ("whatsapp_message", "lead", "whatsapp_conversation"):
                owner.execute(f"alter table {table} disable row level security")
        with psycopg.connect(database, user=role, autocommit=True) as program:
            for statement in _WORK.format(b=business_id).split(";"):
                assert program.execute(statement.encode()).rowcount >= 1
            seen = program.execute(
                "select body, conversation_id is not null from whatsapp_message "
                "where body is not null order by 1"
            ).fetchall()
            assert seen == [("known", True), ("new", True)]
            [(count,)] = program.execute(
                "select count(distinct business_id) from whatsapp_message"
            ).fetchall()
            assert count == (1 if is_protected else 2)
        assert owner.execute(
            "select count(distinct conversation_id) from whatsapp_message where business_id = %s",
            [business_id],
        ).fetchone() == (2,)


def test_every_view_is_read_when_a_role_is_member_of_reader(database: str) -> None:
    """A reporting tool; a role with grants on the views alone lacks the functions they call."""
    views = sorted(path.stem for path in (DB_DIR / "views").glob("*.sql"))
    with (
        host_roles(database, "bi stranger") as roles,
        psycopg.connect(database, autocommit=True) as owner,
    ):
        owner.execute(f"grant onethread_reader to {roles['bi']}")
        owner.execute(f"grant select on all tables in schema public to {roles['stranger']}")
        [(business_id,)] = owner.execute(
            "insert into business (name, default_region) values ('Own', 'IL') returning id"
        ).fetchall()
        owner.execute(
            "insert into onethread.business_member select %s, unnest(%s::text[])",
            [business_id, list(roles.values())],
        )
        owner.execute(
            "insert into whatsapp_message (business_id, direction, from_number) "
            "values (%s, 'inbound', '0521110001'), (%s, 'inbound', 'nobody')",
            [business_id, business_id],
        )
        with psycopg.connect(database, user=roles["bi"], autocommit=True) as bi:
            for view in views:
                bi.execute(f"select * from {view}").fetchall()
            assert bi.execute("select count(*) from crm_conversation").fetchone() == (1,)
        with (
            psycopg.connect(database, user=roles["stranger"], autocommit=True) as stranger,
            pytest.raises(psycopg.errors.InsufficientPrivilege, match="function"),
        ):
            stranger.execute("select * from crm_conversation")


def test_message_is_linked_when_a_policy_of_the_crm_admits_it(database: str) -> None:
    """Its role has no rows in business_member. What its policy refuses is refused still."""
    with (
        host_roles(database, "program stranger") as roles,
        psycopg.connect(database, autocommit=True) as owner,
    ):
        program, stranger = roles["program"], roles["stranger"]
        owner.execute(
            f"""
            insert into business (id, name, default_region) values (1, 'A', 'IL'), (2, 'B', 'IL');
            grant insert, select on whatsapp_message to {program}, {stranger};
            grant usage on sequence whatsapp_message_id_seq to {program}, {stranger};
            create policy own on whatsapp_message to {program} using (business_id = 1);
            """.encode()
        )
        insert = (
            "insert into whatsapp_message (business_id, direction, from_number) "
            "values (%s, 'inbound', '0501234567') returning conversation_id is not null"
        )
        with psycopg.connect(database, user=program, autocommit=True) as session:
            assert session.execute(insert, [1]).fetchone() == (True,)
            with pytest.raises(psycopg.errors.InsufficientPrivilege, match="row-level security"):
                session.execute(insert, [2])
        with psycopg.connect(database, user=stranger, autocommit=True) as session:
            assert session.execute("select onethread.can_write_business(1)").fetchone() == (False,)
        assert owner.execute("select count(*) from whatsapp_identity").fetchone() == (1,)
