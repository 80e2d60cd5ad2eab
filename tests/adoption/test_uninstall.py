"""The way back: what runs goes, what is stored stays."""

from __future__ import annotations

import psycopg
import pytest

from app import cli, migrate
from app.adoption.backfill import backfill
from app.adoption.uninstall import uninstall
from app.errors import NotMigrated
from tests.adoption.conftest import Crm
from tests.adoption.people import assert_one_thread_each, partition

_RUNNING = """
select tgname::text from pg_trigger where not tgisinternal
union all
select proname from pg_proc where pronamespace = 'public'::regnamespace
union all
select viewname from pg_views where schemaname = 'public'
"""


def test_links_stay_when_uninstalled(
    adopted: Crm, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", adopted.url)
    assert cli.main(["backfill"]) == 0
    threads = partition(adopted.url)
    assert cli.main(["uninstall", "--keep-links"]) == 0
    assert "removed" in capsys.readouterr().out

    assert adopted.rows(_RUNNING) == []
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
            "create view report as select normalize_phone(to_number, 'IL') from whatsapp_message"
        )
        with pytest.raises(psycopg.errors.DependentObjectsStillExist, match="report"):
            uninstall(connection)
        connection.execute("drop view report")
        uninstall(connection)
    assert adopted.rows(_RUNNING) == []
