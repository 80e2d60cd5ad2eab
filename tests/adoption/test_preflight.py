"""What `onethread migrate` meets it says before it touches anything, and what to do."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from onethread.database import version
from onethread.errors import OnethreadError
from onethread.schema import migrate
from onethread.schema.adoption.backfill import backfill
from onethread.schema.single import Single
from tests.adoption.crm import Crm
from tests.adoption.test_collisions import execute, relations
from tests.conftest import insert
from tests.migrations.test_migrations import dump_schema

_MESSAGES = """
create table whatsapp_message (
  id bigserial primary key, business_id {business_id}, direction text, from_number text,
  to_number text, created_at timestamptz not null default now());
"""


@pytest.mark.parametrize(
    ("setup", "problem", "remedy"),
    [
        (
            "create table lead (id uuid primary key, phone text)",
            "public.lead has no column business_id; public.lead.id is of type uuid",
            "Keys that are no integers cannot be adopted in place. Or leave them as they are, in a "
            "schema of their own: create schema crm; alter table public.lead set schema crm;",
        ),
        (
            _MESSAGES.format(business_id="bigint")
            + "alter table whatsapp_message add sent_at timestamptz "
            "generated always as (created_at) stored",
            "public.whatsapp_message.sent_at is a generated column",
            "alter table public.whatsapp_message alter column sent_at drop expression",
        ),
        (
            "create schema crm; create table crm.whatsapp_message (id bigint)",
            "crm.whatsapp_message would not be looked at",
            "alter table crm.whatsapp_message set schema public; to leave them: "
            "`onethread migrate --beside`",
        ),
        (
            "create table chat (id int); create view whatsapp_message as select id from chat",
            "view public.whatsapp_message",
            "`onethread bridge` mirrors what is written to the tables behind it",
        ),
        (
            _MESSAGES.format(business_id="bigint")
            + "insert into whatsapp_message (business_id) values (7)",
            "businesses without a region",
            "--default-region IL",
        ),
    ],
)
def test_problem_and_remedy_are_told_when_tables_do_not_fit(
    empty_database: str, setup: str, problem: str, remedy: str
) -> None:
    execute(empty_database, setup)
    before = relations(empty_database)
    with pytest.raises(OnethreadError, match=re.escape(problem)) as refused:
        migrate.migrate(empty_database)
    assert remedy in refused.value.hint
    assert relations(empty_database) == before


def test_nothing_is_changed_when_the_tables_are_somebody_elses(
    empty_database: str, plain_owner: str
) -> None:
    execute(empty_database, _MESSAGES.format(business_id="bigint"))
    before = relations(empty_database)
    with pytest.raises(OnethreadError, match="is not the owner of whatsapp_message") as refused:
        migrate.migrate(plain_owner)
    assert "Run it as postgres, or" in refused.value.hint
    assert relations(empty_database) == before


def test_tables_of_another_meaning_stay_the_programs_when_they_are_moved_as_told(
    empty_database: str,
) -> None:
    """Programs name no schema, and find their own; Onethread's stand beside them."""
    execute(
        empty_database,
        "create table lead (id uuid, color text); insert into lead (color) values ('red')",
    )
    with pytest.raises(OnethreadError) as refused:
        migrate.migrate(empty_database)
    [statements] = re.findall("(create schema crm;.*, public;)", refused.value.hint)
    execute(empty_database, statements)
    migrate.migrate(empty_database, is_beside=True)
    with psycopg.connect(empty_database, autocommit=True) as connection:
        version.check_schema(connection)
        assert connection.execute("select color from lead").fetchall() == [("red",)]
        connection.execute("insert into business (name, default_region) values ('Clinic', 'IL')")
        assert insert(connection, 1, "in", address="054-1112223").conversation_id is not None


def test_a_business_is_made_of_each_id_when_a_crm_has_no_table_of_them(
    empty_database: str,
) -> None:
    """Also of one that comes later; until then its messages are stored, and in no thread."""
    execute(
        empty_database,
        _MESSAGES.format(business_id="int not null")
        + "insert into whatsapp_message (business_id, direction, from_number) "
        "values (7, 'in', '31988887777'), (3, 'in', '31988887777')",
    )
    lines: list[str] = []
    migrate.migrate(empty_database, "br", lines.append)
    assert "2 businesses made, of the ids seen: 3, 7" in lines
    with psycopg.connect(empty_database, autocommit=True) as connection:
        assert connection.execute(
            "select id, name, default_region from business order by id"
        ).fetchall() == [(3, "Business 3", "BR"), (7, "Business 7", "BR")]
        assert insert(connection, 7, "in", address="31988887777").conversation_id is not None
        assert insert(connection, 9, "in", address="31988887777").conversation_id is None
        migrate.migrate(empty_database)
        assert insert(connection, 9, "in", address="31988887777").conversation_id is not None
        backfill(connection)
        assert connection.execute(
            "select business_id, count(*), count(distinct conversation_id), count(conversation_id) "
            "from whatsapp_message group by 1 order by 1"
        ).fetchall() == [(3, 1, 1, 1), (7, 2, 1, 2), (9, 2, 1, 2)]
        assert connection.execute(
            "insert into business (name) values ('New') returning id"
        ).fetchone() == (10,)


def test_tables_without_a_tenant_are_adopted_when_all_is_one_business(
    empty_database: str,
) -> None:
    execute(
        empty_database,
        _MESSAGES.format(business_id="bigint").replace("business_id bigint, ", "")
        + "insert into whatsapp_message (direction, from_number) values ('in', '31988887777'); "
        "create table lead (id serial primary key, phone text); "
        "insert into lead (phone) values ('(31) 98888-7777')",
    )
    migrate.migrate(empty_database, "BR", single=Single("Clinic", "BR"))
    with psycopg.connect(empty_database, autocommit=True) as connection:
        version.check_schema(connection)
        backfill(connection)
        connection.execute(
            "insert into whatsapp_message (direction, to_number) values ('out', '+5531988887777')"
        )
        assert connection.execute(
            "select count(*), count(distinct conversation_id), min(conversation_id) is not null "
            "from whatsapp_message where business_id = 1"
        ).fetchone() == (2, 1, True)
        assert connection.execute("select id, name from business").fetchall() == [(1, "Clinic")]


def test_businesses_that_are_missing_are_told_when_the_crm_has_others(legacy: Crm) -> None:
    execute(
        legacy.url,
        "alter table whatsapp_message drop constraint if exists whatsapp_message_business_id_fkey; "
        "insert into whatsapp_message (business_id, direction) values (70, 'in')",
    )
    steps = migrate.plan_adoption(legacy.url, "IL")
    assert steps[0].sql.startswith(
        "-- warning: public.whatsapp_message names businesses that are not in public.business: 70."
    )


@pytest.mark.parametrize("is_late", [False, True])
def test_database_is_as_before_when_an_adoption_fails(
    legacy: Crm, db_copy: Path, is_late: bool
) -> None:
    """At a key of the CRM's table, or at a trigger, with rights given; and what is not ours made
    meanwhile."""
    execute(
        legacy.url,
        "alter table whatsapp_conversation alter canonical_key set not null; "
        "alter table lead drop constraint lead_pkey cascade",
    )
    if is_late:
        file = db_copy / "triggers" / "lead_21_relink.sql"
        file.write_text(
            file.read_text("utf-8").replace("onethread.link_lead", "onethread.no"), "utf-8"
        )
    else:
        # Two rows of one id: the unique key cannot be built.
        execute(
            legacy.url,
            "insert into lead (id, business_id) select id, business_id from lead limit 1",
        )
    before = dump_schema(legacy.url)
    with pytest.raises(
        (psycopg.errors.UniqueViolation, psycopg.errors.UndefinedFunction)
    ) as failed:
        migrate.migrate(legacy.url, "IL", _make_a_table_of_the_crm(legacy))
    assert "The database is as it was before." in failed.value.__notes__
    execute(legacy.url, "drop table note")
    assert dump_schema(legacy.url) == before


def _make_a_table_of_the_crm(crm: Crm) -> Callable[[str], None]:
    def report(line: str) -> None:
        execute(crm.url, "create table if not exists note (id int)")

    return report


def test_database_is_as_before_when_a_first_install_fails(
    empty_database: str, db_copy: Path
) -> None:
    (db_copy / "functions" / "broken.sql").write_text("select no_such_function()", "utf-8")
    before = relations(empty_database)
    with pytest.raises(psycopg.errors.UndefinedFunction):
        migrate.migrate(empty_database)
    assert relations(empty_database) == before
