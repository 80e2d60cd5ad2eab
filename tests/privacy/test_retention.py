"""What is older than a business wants is deleted; the rest stays."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from onethread.people import erasure, retention
from tests.conftest import Connection, add_business, insert
from tests.privacy.scene import (
    GROUP,
    LID,
    OTHER,
    PHONE,
    TRACES,
    find_ids,
    find_traces,
    set_scene,
    write_name,
    write_reject,
)
from tests.sql.query import add_lead, rows, scalar

DAYS = 30


@pytest.fixture
def committed(database: str) -> Iterator[Connection]:
    """An autocommit connection to a database with two businesses."""
    with psycopg.connect(database, autocommit=True) as connection:
        for name in ("First", "Second"):
            add_business(connection, name)
        yield connection


def ago(days: int) -> datetime:
    return datetime.now(UTC) - timedelta(days=days)


def write(connection: Connection, business_id: int, days: int, **columns: Any) -> None:
    """A message, its delivery, and a reject of so many days ago."""
    insert(
        connection,
        business_id,
        "inbound",
        provider_message_id=f"M{days}",
        sent_at=ago(days),
        body=str(days),
        **columns,
    )
    connection.execute(
        "insert into whatsapp_message_event "
        "(business_id, kind, provider_message_id, address, occurred_at, created_at) "
        "values (%s, 'read', %s, %s, %s, %s)",
        [business_id, f"M{days}", columns["address"], ago(days), ago(days)],
    )
    payload = f"reject {days}"
    write_reject(connection, business_id, payload)
    connection.execute(
        "update onethread.webhook_reject set received_at = %s where payload = %s",
        [ago(days), payload],
    )


def age_conversations(connection: Connection) -> None:
    connection.execute("update whatsapp_conversation set created_at = %s", [ago(100)])


def read_bodies(connection: Connection, business_id: int) -> list[str]:
    query = "select body from whatsapp_message where business_id = %s order by sent_at"
    return [row.body for row in rows(connection, query, business_id)]


def test_nothing_is_deleted_when_no_limit_is_set(committed: Connection) -> None:
    write(committed, 1, 4000, address=PHONE)
    assert set(retention.apply_retention(committed, 1).values()) == {0}
    assert read_bodies(committed, 1) == ["4000"]


@pytest.mark.parametrize("batch_size", [1, 1000])
def test_only_what_is_older_goes_when_limits_are_set(
    committed: Connection, monkeypatch: pytest.MonkeyPatch, batch_size: int
) -> None:
    monkeypatch.setattr(retention, "BATCH_SIZE", batch_size)
    for days in (40, 31, 29, 1):
        write(committed, 1, days, address=PHONE)
        write(committed, 2, days, address=PHONE)
    retention.set_retention(committed, 1, DAYS, 35)
    result = retention.apply_retention(committed, 1)

    assert result == {
        "messages": 2,
        "events": 2,
        "rejects": 1,
        "evidence": 0,
        "names": 0,
        "conversations": 0,
        "unmet": 0,
    }
    assert read_bodies(committed, 1) == ["29", "1"]
    query = "select count(*) from whatsapp_message_event where business_id = 1"
    assert scalar(committed, query) == 2
    assert read_bodies(committed, 2) == ["40", "31", "29", "1"]
    assert set(retention.apply_retention(committed, 1).values()) == {0}


def test_events_of_nobody_go_when_they_are_old(committed: Connection) -> None:
    write(committed, 1, 31, address=PHONE)
    committed.execute("delete from whatsapp_message")
    retention.set_retention(committed, 1, DAYS, None)
    assert retention.apply_retention(committed, 1)["events"] == 1


def test_nothing_of_anybody_is_left_when_all_is_older(database: str) -> None:
    """Every table that test_erasure knows to hold something of a person."""
    with psycopg.connect(database, autocommit=True) as connection:
        business_id = set_scene(connection)
        connection.execute("delete from lead")
        age_conversations(connection)
        for table, column in (
            ("whatsapp_message_event", "created_at"),
            ("whatsapp_identity_evidence", "created_at"),
            ("onethread.webhook_reject", "received_at"),
        ):
            connection.execute(f"update {table} set {column} = %s", [ago(100)])
        ids = find_ids(connection, business_id)
        retention.set_retention(connection, business_id, DAYS, DAYS)
        retention.apply_retention(connection, business_id)
        assert find_traces(connection, business_id, TRACES + ids) == {}


def test_people_are_forgotten_when_nothing_of_them_is_left(committed: Connection) -> None:
    add_lead(committed, 1, "+972522222222")
    write(committed, 1, 40, address=PHONE, contact_aliases=[LID])
    write(committed, 1, 41, address=GROUP)
    write(committed, 1, 42, address="+972522222222")
    write(committed, 1, 43, address=OTHER)
    write(committed, 1, 2, address=OTHER)
    age_conversations(committed)
    retention.set_retention(committed, 1, DAYS, None)
    assert retention.apply_retention(committed, 1)["conversations"] == 2

    left = rows(committed, "select value from whatsapp_identity order by 1")
    assert [row.value for row in left] == ["+972507654321", "+972522222222"]
    assert scalar(committed, "select count(*) from whatsapp_identity_evidence") == 1  # the lead's
    assert rows(committed, "select * from thread_integrity") == []
    # Forgotten, not erased: an old message may come in again, until the next run.
    write(committed, 1, 44, address=PHONE)
    assert "44" in read_bodies(committed, 1)


def test_old_address_book_goes_when_nobody_in_it_ever_wrote(committed: Connection) -> None:
    """Who wrote, has a lead, or is connected with somebody who did, stays."""
    add_lead(committed, 1, "+972522222222")
    insert(committed, 1, "inbound", address=OTHER)
    for a, b in (
        (LID, PHONE),
        (LID, "IL.777"),
        ("999000@lid", OTHER),
        ("999000@lid", "IL.999"),
        ("999111@lid", "+972522222222"),
    ):
        committed.execute(
            "insert into whatsapp_identity_evidence (business_id, a, b, relation, created_at) "
            "values (1, %s, %s, 'same', %s)",
            [a, b, ago(40)],
        )
    before = find_traces(committed, 1, ["999000", "999111", "IL.999"])
    retention.set_retention(committed, 1, DAYS, None)
    assert retention.apply_retention(committed, 1)["unmet"] == 1
    assert find_traces(committed, 1) == {}
    assert find_traces(committed, 1, ["999000", "999111", "IL.999"]) == before
    assert insert(committed, 1, "inbound", address="IL.999").conversation_id == (
        scalar(committed, "select onethread.find_conversation(1, %s)", OTHER)
    )


def test_names_of_people_nobody_met_go_when_they_are_old(committed: Connection) -> None:
    insert(committed, 1, "inbound", address=PHONE)
    for business_id, address, days in (
        (1, "+972501234567", 40), (1, "+972541111111", 40), (1, "+972541111112", 20),
        (2, "+972541111111", 40),
    ):  # fmt: skip
        write_name(committed, business_id, f"phone::{address}", address, ago(days))
    retention.set_retention(committed, 1, DAYS, None)
    assert retention.apply_retention(committed, 1)["names"] == 1
    query = "select name from onethread.contact_name where business_id = 1 order by name"
    assert [name for (name,) in committed.execute(query)] == ["+972501234567", "+972541111112"]
    assert scalar(committed, "select count(*) from onethread.contact_name") == 3


def test_shown_name_goes_when_no_message_shows_it_any_more(committed: Connection) -> None:
    for days, name in ((40, "Dana Levi"), (35, "Dana"), (20, "Dana")):
        write(committed, 1, days, address=PHONE, sender_name=name)
    retention.set_retention(committed, 1, DAYS, None)
    assert retention.apply_retention(committed, 1)["names"] == 1
    assert rows(committed, "select name from onethread.shown_name") == [("Dana",)]


def test_person_stays_when_they_write_before_they_are_forgotten(committed: Connection) -> None:
    write(committed, 1, 40, address=PHONE)
    age_conversations(committed)
    retention.set_retention(committed, 1, DAYS, None)
    conversation_id = scalar(committed, "select id from whatsapp_conversation")
    assert not scalar(
        committed, "select onethread.forget_silent_conversation(1, %s)", conversation_id
    )
    assert read_bodies(committed, 1) == ["40"]


def test_shortest_copy_does_not_stay_when_its_first_is_deleted(committed: Connection) -> None:
    """Three copies of one message: those that are left could not all stand for it."""
    for address, days in ((PHONE, 40), (LID, 20), (OTHER, 10)):
        insert(committed, 1, "inbound", address=address, provider_message_id="X", sent_at=ago(days))
    for survivor, absorbed in ((1, 2), (1, 3)):
        committed.execute(
            "select onethread.merge_conversations(1, %s, %s, null)", [survivor, absorbed]
        )
    assert scalar(committed, "select count(duplicate_of) from whatsapp_message") == 2
    retention.set_retention(committed, 1, DAYS, None)
    assert retention.apply_retention(committed, 1)["messages"] == 3


def test_erasure_is_finished_when_retention_runs(committed: Connection) -> None:
    insert(committed, 1, "inbound", address=PHONE)
    committed.execute("select onethread.start_erasure(1, %s)", [PHONE])
    assert erasure.unfinished(committed) == [(1, 1)]
    assert erasure.unfinished(committed, 2) == []
