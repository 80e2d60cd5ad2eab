"""A business's region and time zone exist: a typo is refused when it is written."""

from __future__ import annotations

import json

import psycopg
import pytest

from onethread.database.config import DB_DIR
from tests.adoption.crm import Crm
from tests.conftest import Connection
from tests.sql.query import rows, scalar

REGIONS = json.loads((DB_DIR / "functions/phone/phone_metadata.json").read_text())["regions"]


def test_every_region_of_the_phone_tables_is_taken(connection: Connection) -> None:
    assert len(REGIONS) > 200
    connection.execute(
        "insert into business (name, default_region) select r, r from unnest(%s::text[]) as r",
        [REGIONS],
    )


@pytest.mark.parametrize("region", ["XX", "UK", "ZZ", "AQ"])
def test_region_is_refused_when_it_does_not_exist(
    connection: Connection, business_id: int, region: str
) -> None:
    for statement in (
        "insert into business (name, default_region) values ('Clinic', %s)",
        "update business set default_region = %s",
    ):
        with (
            pytest.raises(psycopg.errors.CheckViolation, match="is not a region") as caught,
            connection.transaction(),
        ):
            connection.execute(statement, [region])
        assert "IL" in str(caught.value.diag.message_hint)


def test_time_zone_is_taken_when_it_has_a_name(connection: Connection, business_id: int) -> None:
    for name in ("Asia/Jerusalem", "America/St_Johns", "UTC", "Etc/GMT+2"):
        connection.execute("update business set time_zone = %s where id = %s", [name, business_id])


@pytest.mark.parametrize("zone", ["Asia/Jerusalm", "asia/jerusalem", "Jerusalem2", "IST", ""])
def test_time_zone_is_refused_when_it_does_not_exist(
    connection: Connection, business_id: int, zone: str
) -> None:
    """Also what PostgreSQL would take for one: an abbreviation, a word with a number behind it."""
    for statement in (
        "insert into business (name, time_zone) values ('Clinic', %s)",
        "update business set time_zone = %s",
    ):
        with (
            pytest.raises(psycopg.errors.CheckViolation, match="is not a time zone") as caught,
            connection.transaction(),
        ):
            connection.execute(statement, [zone])
        assert "Asia/Jerusalem" in str(caught.value.diag.message_hint)


def test_business_is_written_when_what_it_had_before_is_wrong(
    connection: Connection, business_id: int
) -> None:
    """Stored while the triggers were off: other columns can be changed."""
    connection.execute("alter table business disable trigger user")
    connection.execute("update business set time_zone = 'Nowhere' where id = %s", [business_id])
    connection.execute("alter table business enable trigger user")
    connection.execute("update business set name = 'Practice' where id = %s", [business_id])


def test_column_is_the_crms_when_it_was_there_before(
    connection: Connection, business_id: int
) -> None:
    connection.execute(
        "insert into onethread.adopted_table (name, host_columns) values "
        "('business', array['id', 'time_zone'])"
    )
    connection.execute("update business set time_zone = 'Israel Standard Time'")
    with pytest.raises(psycopg.errors.CheckViolation), connection.transaction():
        connection.execute("update business set default_region = 'XX'")
    assert scalar(connection, "select time_zone from business where id = %s", business_id) == (
        "Israel Standard Time"
    )


def test_adopted_table_remembers_the_columns_that_it_had(adopted: Crm) -> None:
    with psycopg.connect(adopted.url) as connection:
        found = rows(connection, "select name, host_columns from onethread.adopted_table")
    assert {"lead", "whatsapp_message"} <= {row.name for row in found}
    for row in found:
        assert "id" in row.host_columns
        assert "is_backfill_pending" not in row.host_columns
