"""The way back: what runs goes, what is stored stays."""

from __future__ import annotations

import psycopg
import pytest

from onethread import cli
from onethread.errors import NotMigrated
from onethread.schema import access, migrate
from onethread.schema.adoption.backfill import backfill
from onethread.schema.adoption.uninstall import uninstall
from tests.adoption.conftest import Crm
from tests.adoption.people import assert_one_thread_each, partition
from tests.sql import privileges

_RUNNING = """
select tgname::text from pg_trigger where not tgisinternal
union all
select proname from pg_proc where pronamespace = to_regnamespace('onethread')
union all
select viewname from pg_views where schemaname in ('public', 'onethread')
"""

# The policies ask it.
_KEPT = [("visible_businesses",)]


def test_links_stay_when_uninstalled(
    adopted: Crm, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", adopted.url)
    assert cli.main(["backfill"]) == 0
    threads = partition(adopted.url)
    assert cli.main(["uninstall", "--keep-links"]) == 0
    assert "removed" in capsys.readouterr().out

    assert adopted.rows(_RUNNING) == _KEPT
    assert partition(adopted.url) == threads
    # The CRM goes on as before.
    assert adopted.rows(
        "insert into whatsapp_message (business_id, to_number, direction) "
        "values (1, '0541112223', 'in') returning conversation_id"
    ) == [(None,)]
    with adopted.connect() as connection, pytest.raises(NotMigrated):
        migrate.check_schema(connection)
    assert cli.main(["uninstall", "--keep-links"]) == 0


def test_what_came_between_is_linked_when_installed_again(adopted: Crm) -> None:
    person = next(p for p in adopted.people if p.spellings[0].startswith("05"))
    with adopted.connect() as connection:
        backfill(connection)
        uninstall(connection)
        connection.execute(
            "insert into whatsapp_message (business_id, to_number, direction, body) "
            "values (%s, %s, 'in', %s)",
            [person.business_id, person.spellings[5], person.name],
        )
        [(lead_id,)] = connection.execute(
            "insert into lead (business_id, phone) values (%s, '0541112223') returning id",
            [person.business_id],
        ).fetchall()
        migrate.migrate(adopted.url)
        backfill(connection)
    assert_one_thread_each(adopted)
    assert adopted.value(
        "insert into whatsapp_message (business_id, to_number, direction) "
        "values (%s, '+972541112223', 'in') returning "
        "(select c.lead_id from whatsapp_conversation c where c.id = conversation_id) is null "
        "and conversation_id is not null",
        person.business_id,
    )
    assert adopted.rows(
        "select c.lead_id from whatsapp_message m inner join whatsapp_conversation c "
        "on c.id = m.conversation_id where m.to_number = '+972541112223'"
    ) == [(lead_id,)]


def test_object_of_others_stops_it_when_it_uses_a_function(adopted: Crm) -> None:
    with adopted.connect() as connection:
        connection.execute(
            "create view report as select onethread.normalize_phone(to_number, 'IL') from whatsapp_message"
        )
        with pytest.raises(psycopg.errors.DependentObjectsStillExist, match="report"):
            uninstall(connection)
        connection.execute("drop view report")
        uninstall(connection)
    assert adopted.rows(_RUNNING) == _KEPT


def test_roles_have_no_rights_when_uninstalled(database: str) -> None:
    """The roles are the server's, and what somebody granted them on another table stays."""
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(
            "create table note (id bigint); grant select on note to onethread_reader"
        )
        before = privileges.render(connection)
        uninstall(connection)
        assert privileges.render(connection) == (
            "PUBLIC table onethread.business_member select\nonethread_reader table note select\n"
        )
        assert connection.execute(
            "select count(*) from pg_roles where rolname = any (%s)", [list(access.ROLES)]
        ).fetchone() == (len(access.ROLES),)
        migrate.migrate(database)
        assert privileges.render(connection) == before


def test_tenants_stay_apart_when_uninstalled(database: str) -> None:
    """A program with rights of its own sees its businesses, as before."""
    role = "program_" + psycopg.conninfo.conninfo_to_dict(database)["dbname"]
    with psycopg.connect(database, autocommit=True) as owner:
        owner.execute(
            f"create role {role} login; grant select on whatsapp_message to {role}; "
            "insert into business (name) values ('Own'), ('Other'); "
            f"insert into onethread.business_member select min(id), '{role}' from business; "
            "insert into whatsapp_message (business_id, direction, from_number) "
            "select id, 'inbound', '0501234567' from business"
        )
        uninstall(owner)
        with psycopg.connect(database, user=role, autocommit=True) as program:
            seen = program.execute("select business_id from whatsapp_message").fetchall()
        assert seen == owner.execute("select min(id) from business").fetchall()
        owner.execute(f"drop owned by {role}; drop role {role}")


def test_erased_person_is_not_stored_again_when_installed_again(adopted: Crm) -> None:
    """Whom the business has erased is data, not definition."""
    message = (
        "insert into whatsapp_message (business_id, to_number, direction, sent_at) "
        "values (1, '0541112223', 'in', '2020-01-01')"
    )
    with adopted.connect() as connection:
        connection.execute(message)
        connection.execute("select onethread.start_erasure(1, '0541112223')")
        uninstall(connection)
        migrate.migrate(adopted.url)
        assert connection.execute(message).rowcount == 0
