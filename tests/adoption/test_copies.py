"""Copies of a database: dump and restore, replication. Links survive, nothing is decided again."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import make_conninfo
from psycopg.sql import quote

from onethread.database import version
from onethread.schema import migrate
from tests.conftest import add_business, insert
from tests.server import client

PHONE = "+972501234567"
LID = "876019134910105@lid"

# What a copy has to have in common with the original.
TABLES = (
    "business",
    "business_number",
    "lead",
    "whatsapp_conversation",
    "whatsapp_identity",
    "whatsapp_identity_evidence",
    "onethread.whatsapp_identity_conflict",
    "onethread.whatsapp_conversation_merge",
    "whatsapp_message",
    "whatsapp_message_event",
    "onethread.webhook_reject",
    "onethread.webhook",
)


@pytest.fixture
def original(database: str) -> str:
    """A database in which much was decided: joined, parted, undone, a number that changed hands."""
    with psycopg.connect(database, autocommit=True) as connection:
        business_id = add_business(connection)
        connection.execute(
            "insert into lead (business_id, name, phone) values (%s, 'Dana', '0541112223')",
            [business_id],
        )
        for address in (PHONE, LID, "0541112223", "lid@5550001", "unreadable"):
            insert(connection, business_id, "in", to_number=address, body=address)
        insert(connection, business_id, "inbound", address=LID, contact_aliases=[PHONE], body="tie")
        # The phone goes to somebody else: from now on its messages are another thread's.
        insert(
            connection, business_id, "inbound", address="5550009@lid", contact_aliases=[PHONE],
            body="new owner",
        )  # fmt: skip
        insert(connection, business_id, "inbound", address=PHONE, body="under the new owner")
        insert(
            connection, business_id, "inbound", address=PHONE, body="late",
            sent_at="2020-01-01 00:00Z",
        )  # fmt: skip
        # Joined by hand, and undone: a human's word against the rule.
        [(merge_id,)] = connection.execute(
            "select onethread.merge_conversations(%(b)s, "
            "onethread.find_conversation(%(b)s, '0541112223'), "
            "onethread.find_conversation(%(b)s, 'lid@5550001'), 'test')",
            {"b": business_id},
        ).fetchall()
        connection.execute("select onethread.undo_merge(%s, %s)", [business_id, merge_id])
    return database


def content(url: str) -> dict[str, list[Any]]:
    """All rows of the tables, as text."""
    with psycopg.connect(url) as connection:
        return {
            table: connection.execute(f"select t::text from {table} t order by 1").fetchall()
            for table in TABLES
        }


def assert_copy_lives(url: str) -> None:
    """The copy is healthy, and goes on where the original was."""
    with psycopg.connect(url, autocommit=True) as connection:
        version.check_schema(connection)
        assert connection.execute("select * from thread_integrity").fetchall() == []
        [business_id] = connection.execute("select id from business").fetchone() or [0]
        row = insert(connection, business_id, "in", to_number="972541112223@s.whatsapp.net")
        assert (row.conversation_id,) == connection.execute(
            "select conversation_id from whatsapp_message where to_number = '0541112223'"
        ).fetchone()
        new = insert(connection, business_id, "in", to_number="+972541119999")
        assert new.conversation_id is not None


def run(program: str, url: str, *arguments: str) -> None:
    command = [client(program, url), "-d", url, *arguments]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_links_survive_when_all_is_dumped_and_restored(
    original: str, empty_database: str, tmp_path: Path
) -> None:
    dump = str(tmp_path / "dump")
    run("pg_dump", original, "-Fc", "-f", dump)
    run("pg_restore", empty_database, "--exit-on-error", dump)
    assert content(empty_database) == content(original)
    assert_copy_lives(empty_database)


def test_links_survive_when_restored_by_section(
    original: str, empty_database: str, tmp_path: Path
) -> None:
    dump = str(tmp_path / "dump")
    run("pg_dump", original, "-Fc", "-f", dump)
    for section in ("pre-data", "data", "post-data"):
        run("pg_restore", empty_database, "--exit-on-error", f"--section={section}", dump)
    assert content(empty_database) == content(original)
    assert_copy_lives(empty_database)


def test_links_survive_when_data_alone_is_restored_without_triggers(
    original: str, empty_database: str, tmp_path: Path
) -> None:
    migrate.migrate(empty_database)
    dump = str(tmp_path / "dump")
    tables = [f"--table={table}" for table in TABLES]
    sequences = [f"--table={table}_id_seq" for table in TABLES if table != "business_number"]
    run("pg_dump", original, "-Fc", "--data-only", *tables, *sequences, "-f", dump)
    run("pg_restore", empty_database, "--exit-on-error", "--disable-triggers", dump)
    assert content(empty_database) == content(original)
    assert_copy_lives(empty_database)


def test_restore_stops_when_triggers_would_decide_again(
    original: str, empty_database: str, tmp_path: Path
) -> None:
    migrate.migrate(empty_database)
    dump = str(tmp_path / "dump")
    run("pg_dump", original, "-Fc", "--data-only", *(f"--table={table}" for table in TABLES), "-f",
        dump)  # fmt: skip
    done = subprocess.run(
        [client("pg_restore", empty_database), "--exit-on-error", "-d", empty_database, dump],
        capture_output=True,
        text=True,
    )
    assert done.returncode != 0
    assert "duplicate key value violates unique constraint" in done.stderr


def test_row_is_kept_as_it_is_when_the_session_is_a_replica(original: str) -> None:
    """And what came without a link is linked by the backfill."""
    with psycopg.connect(original, autocommit=True) as connection:
        [(business_id, conversation_id)] = connection.execute(
            "select business_id, conversation_id from whatsapp_message where body = '0541112223'"
        ).fetchall()
        connection.execute("set session_replication_role = replica")
        linked = insert(
            connection, business_id, "in", to_number=PHONE, conversation_id=conversation_id
        )
        unlinked = insert(connection, business_id, "in", to_number="972541112223@c.us")
        connection.execute("set session_replication_role = origin")
        assert (linked.conversation_id, unlinked.conversation_id) == (conversation_id, None)

        connection.execute("select onethread.link_unlinked_messages(%s)", [business_id])
        rows = connection.execute(
            "select conversation_id from whatsapp_message where id = any (%s)",
            [[linked.id, unlinked.id]],
        ).fetchall()
        assert rows == [(conversation_id,)] * 2


def test_links_survive_when_replicated_to_a_subscriber(original: str, empty_database: str) -> None:
    migrate.migrate(empty_database)
    with (
        psycopg.connect(original, autocommit=True) as publisher,
        psycopg.connect(empty_database, autocommit=True) as subscriber,
        subscription(publisher, subscriber),
    ):
        wait_until(
            subscriber,
            "select count(*) > 0 and bool_and(srsubstate = 'r') from pg_subscription_rel",
        )
        assert content(empty_database) == content(original)

        [business_id] = publisher.execute("select id from business").fetchone() or [0]
        insert(publisher, business_id, "in", to_number="+972541110000", body="live")
        publisher.execute(
            "insert into whatsapp_identity_evidence (business_id, a, b, relation) "
            "values (%s, '+972541110000', '5550001@lid', 'same')",
            [business_id],
        )
        insert(publisher, business_id, "in", to_number="lid@5550001", body="last")
        wait_until(subscriber, "select exists (select from whatsapp_message where body = 'last')")
        assert content(empty_database) == content(original)
        assert subscriber.execute("select * from thread_integrity").fetchall() == []


@contextmanager
def subscription(
    publisher: psycopg.Connection[Any], subscriber: psycopg.Connection[Any]
) -> Iterator[None]:
    """Everything that a business has, from one database of the server to another."""
    if publisher.execute("show wal_level").fetchone() != ("logical",):
        pytest.skip("the server's wal_level is not logical")
    name = publisher.info.dbname
    # As the server reaches itself, which need not be as we reach it.
    [(address, port)] = publisher.execute(
        "select host(inet_server_addr()), inet_server_port()"
    ).fetchall()
    itself = make_conninfo(
        publisher.info.dsn,
        host=address or publisher.info.host,
        port=port or publisher.info.port,
        password=publisher.info.password or None,
    )
    publisher.execute(f"create publication onethread for table {', '.join(TABLES)}")
    # Made first: on one server the subscription would wait for its own transaction.
    # It waits for every open transaction of the server: one that a test forgot is no wait for ever.
    publisher.execute("set statement_timeout = '2min'")
    publisher.execute("select pg_create_logical_replication_slot(%s, 'pgoutput')", [name])
    subscriber.execute(
        f"create subscription {name} connection {quote(itself)} "
        f"publication onethread with (create_slot = false, slot_name = '{name}')"
    )
    try:
        yield
    finally:
        subscriber.execute(f"alter subscription {name} disable")
        subscriber.execute(f"alter subscription {name} set (slot_name = none)")
        subscriber.execute(f"drop subscription {name}")
        wait_until(
            publisher,
            f"select not active from pg_replication_slots where slot_name = '{name}'",
        )
        publisher.execute("select pg_drop_replication_slot(%s)", [name])


def wait_until(connection: psycopg.Connection[Any], question: str) -> None:
    """Asks the catalog until it says yes."""
    deadline = time.monotonic() + 60
    while connection.execute(question).fetchone() != (True,):
        assert time.monotonic() < deadline, question
        time.sleep(0.02)
