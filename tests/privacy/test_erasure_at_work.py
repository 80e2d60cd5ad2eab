"""An erasure among writers, and one that is killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest

from onethread.messages.write import insert_messages
from onethread.model.message import Message
from onethread.people.erasure import BATCH_SIZE, erase
from onethread.people.identity import apply_pending
from tests.concurrency.sessions import create_business, run_together, run_until_blocked
from tests.conftest import Connection, insert
from tests.privacy.scene import (
    GROUP,
    LID,
    OTHER,
    PHONE,
    START,
    find_traces,
    set_scene,
    write_message,
    write_messages,
)
from tests.server import client
from tests.sql.query import add_lead, rows, scalar

TIMEOUT = 60

ERASED_AND_BACK = """
select i.business_id, i.kind, i.value
from whatsapp_identity i
where onethread.is_erased(
  i.business_id, onethread.identifier_key(i.kind, i.scope, i.match_value), i.valid_from)
"""

FORGET_HASHES = """
delete from onethread.erased_identifier e
using onethread.erasure_secret s, whatsapp_identity i
where s.business_id = e.business_id
  and i.business_id = e.business_id
  and e.key_hash = sha256(
    s.secret || convert_to(onethread.identifier_key(i.kind, i.scope, i.match_value), 'UTF8'))
"""


def test_message_under_way_is_erased_when_its_writer_commits_later(database: str) -> None:
    business_id = create_business(database)
    with connect(database) as writer:
        insert(writer, business_id, "inbound", address=PHONE)
        with writer.transaction():
            insert(writer, business_id, "inbound", address=PHONE)
            errors = run_until_blocked(
                database,
                lambda connection: erase_all(connection, business_id),
                lambda: writer.execute("commit"),
            )
        assert errors == []
        assert read_bodies(writer) == []
        assert find_traces(writer, business_id) == {}


@pytest.mark.parametrize("aliases", [None, ["555@lid"]])
def test_old_message_is_refused_when_it_waited_for_the_erasure(
    database: str, aliases: list[str] | None
) -> None:
    """On the fast path, and where the message had been let pass before the erasure was known."""
    business_id = create_business(database)
    message = Message(
        direction="inbound", from_number=PHONE, contact_aliases=aliases, sent_at=START, body="old"
    )
    results = []
    with connect(database) as eraser:
        insert_messages(eraser, business_id, [message])
        with eraser.transaction():
            eraser.execute("select onethread.start_erasure(%s, %s)", [business_id, PHONE])
            errors = run_until_blocked(
                database,
                lambda connection: results.append(
                    insert_messages(connection, business_id, [message])
                ),
                lambda: eraser.execute("commit"),
            )
        assert errors == []
        assert [(result.inserted, result.duplicates) for result in results] == [(0, 1)]
        erase(eraser, business_id, PHONE)
        assert find_traces(eraser, business_id) == {}
        assert scalar(eraser, "select count(*) from whatsapp_identity") == 0


@pytest.mark.parametrize(
    "columns",
    [
        {"from_number": PHONE, "lead_id": 1},
        {"from_number": "555@lid", "contact_aliases": [PHONE]},
        {"from_number": GROUP, "participant": "555@lid", "contact_aliases": [PHONE]},
    ],
)
def test_writer_is_told_to_repeat_when_erasure_came_between(
    database: str, columns: dict[str, Any]
) -> None:
    business_id = create_business(database)
    with connect(database) as eraser:
        add_lead(eraser, business_id)
        insert(eraser, business_id, "inbound", address=PHONE)
        with eraser.transaction():
            eraser.execute("select onethread.start_erasure(%s, %s)", [business_id, PHONE])
            errors = run_until_blocked(
                database,
                lambda connection: write_message(connection, business_id, "A", 0, **columns),
                lambda: eraser.execute("commit"),
            )
        assert [error.sqlstate for error in errors] == ["40001"]
        assert write_message(eraser, business_id, "A", 0, **columns) == 0
        finish_all(eraser, business_id)
        assert find_traces(eraser, business_id) == {}


def test_writer_is_told_to_repeat_when_an_unknown_person_was_erased_meanwhile(
    database: str,
) -> None:
    """What was read when its statement began says nothing of the erasure."""
    business_id = create_business(database)
    with connect(database) as eraser:
        with eraser.transaction():
            eraser.execute("select onethread.start_erasure(%s, %s)", [business_id, PHONE])
            errors = run_until_blocked(
                database,
                lambda connection: write_message(
                    connection, business_id, "A", 0, from_number=PHONE
                ),
                lambda: eraser.execute("commit"),
            )
        assert [error.sqlstate for error in errors] == ["40001"]
        assert scalar(eraser, "select count(*) from whatsapp_identity") == 0


def test_new_message_is_kept_when_it_waited_for_the_erasure(database: str) -> None:
    business_id = create_business(database)
    with connect(database) as eraser:
        old = insert(eraser, business_id, "inbound", address=PHONE, body="old")
        with eraser.transaction():
            eraser.execute("select onethread.start_erasure(%s, %s)", [business_id, PHONE])
            errors = run_until_blocked(
                database,
                lambda connection: insert(
                    connection,
                    business_id,
                    "inbound",
                    address=PHONE,
                    body="new",
                    sent_at="2999-01-01",
                ),
                lambda: eraser.execute("commit"),
            )
        assert errors == []
        finish_all(eraser, business_id)
        assert read_bodies(eraser) == ["new"]
        [new] = rows(eraser, "select * from whatsapp_message")
        assert new.conversation_id not in (None, old.conversation_id)


def test_first_message_under_way_is_erased_when_nobody_knew_the_person(database: str) -> None:
    business_id = create_business(database)
    with connect(database) as writer:
        with writer.transaction():
            insert(writer, business_id, "inbound", address=PHONE)
            errors = run_until_blocked(
                database,
                lambda connection: erase_all(connection, business_id),
                lambda: writer.execute("commit"),
            )
        assert errors == []
        assert read_bodies(writer) == []


def test_erasure_waits_when_an_older_transaction_may_still_write(database: str) -> None:
    business_id = create_business(database)
    with connect(database) as writer, connect(database) as eraser:
        write_message(writer, business_id, "A", 0, from_number=GROUP, participant=OTHER)
        with writer.transaction():
            write_message(writer, business_id, "B", 1, from_number=GROUP, participant=LID)
            erasure_id = scalar(eraser, "select onethread.start_erasure(%s, %s)", business_id, LID)
            steps = [continue_erasure(eraser, business_id, erasure_id) for _ in range(5)]
            assert steps == ["wait"] * 5
        finish_all(eraser, business_id)
        assert [
            row.provider_message_id for row in rows(eraser, "select * from whatsapp_message")
        ] == ["A"]


def test_erasure_does_not_wait_when_the_writer_is_in_another_database(
    database: str, empty_database: str
) -> None:
    business_id = create_business(database)
    with connect(database) as eraser, connect(empty_database) as writer:
        insert(eraser, business_id, "inbound", address=LID)
        with writer.transaction():
            writer.execute("create table other (id bigint)")
            erasure_id = scalar(eraser, "select onethread.start_erasure(%s, %s)", business_id, LID)
            steps = [continue_erasure(eraser, business_id, erasure_id) for _ in range(20)]
        assert steps[-1] == "done"


def test_nothing_old_is_left_when_erased_while_all_is_replayed(database: str) -> None:
    """Each round a person is erased, and at the same moment replayed by others, and back."""
    business_id = create_business(database)
    rounds = 15

    def names(number: int) -> tuple[str, str]:
        return f"97252000{number:04}@s.whatsapp.net", f"77700000000{number:04}@lid"

    def replay(connection: Connection, number: int) -> None:
        phone, lid = names(number)
        old = {"direction": "inbound", "sent_at": START, "body": "old"}
        insert_messages(
            connection,
            business_id,
            [
                Message(from_number=phone, provider_message_id="A", **old),
                Message(from_number=lid, contact_aliases=[phone], provider_message_id="B", **old),
                Message(from_number=GROUP, participant=lid, provider_message_id=lid, **old),
            ],
        )

    def come_back(connection: Connection, number: int) -> None:
        phone, lid = names(number)
        for address in (phone, lid):
            message = Message(direction="inbound", from_number=address, contact_aliases=[phone])
            insert_messages(connection, business_id, [message])

    def forget(connection: Connection, number: int) -> None:
        erase(connection, business_id, names(number)[number % 2])

    with connect(database) as connection:
        for number in range(rounds):
            replay(connection, number)
        errors = run_together(database, [replay, replay, come_back, forget], rounds)
        assert [str(error) for error in errors] == []
        for number in range(rounds):
            replay(connection, number)
        apply_pending(connection, business_id)
        assert "old" not in read_bodies(connection)
        assert rows(connection, "select * from thread_integrity") == []
        assert rows(connection, "select * from onethread.erasure where finished_at is null") == []


def test_erasure_does_not_wait_when_it_was_begun_on_another_server(database: str) -> None:
    """Not even for a writer that is open here: on a busy server there is always one."""
    business_id = create_business(database)
    with connect(database) as connection, connect(database) as writer:
        insert(connection, business_id, "inbound", address=PHONE)
        erasure_id = scalar(
            connection, "select onethread.start_erasure(%s, %s)", business_id, PHONE
        )
        continue_erasure(connection, business_id, erasure_id)
        with writer.transaction():
            insert(writer, business_id, "inbound", address=OTHER)
            connection.execute(
                "update onethread.erasure set step = 'wait', wait_for = '999999999999'"
            )
            assert continue_erasure(connection, business_id, erasure_id) == "traces"


def test_person_is_found_again_when_an_older_backup_is_restored(
    database: str, empty_database: str, tmp_path: Path
) -> None:
    """With the two tables of hashes, which are newer than the backup (docs/operations.md)."""
    backup, hashes = tmp_path / "backup", tmp_path / "hashes"
    with connect(database) as connection:
        business_id = set_scene(connection)
        run_tool("pg_dump", database, "--format=custom", "--file", backup)
        erase(connection, business_id, PHONE)
        tables = ["--table=onethread.erasure_secret", "--table=onethread.erased_identifier"]
        run_tool("pg_dump", database, "--format=custom", "--data-only", *tables, "--file", hashes)
    run_tool("pg_restore", empty_database, "--exit-on-error", backup)
    run_tool("pg_restore", empty_database, "--exit-on-error", hashes)

    with connect(empty_database) as connection:
        assert find_traces(connection, business_id) != {}
        back = rows(connection, ERASED_AND_BACK)
        assert {row.value for row in back} >= {"+972501234567", "876019134910105"}
        connection.execute(FORGET_HASHES)
        erase(connection, business_id, back[0].value + ("@lid" if back[0].kind == "lid" else ""))
        assert find_traces(connection, business_id) == {}
        assert write_messages(connection, business_id) == 0


@pytest.mark.parametrize("command", [["erase", "--person", PHONE, "--yes"], ["retention", "run"]])
def test_erasure_goes_on_where_it_was_when_killed(database: str, command: list[str]) -> None:
    business_id = create_business(database)
    with connect(database) as connection, connect(database) as locker:
        count = 2 * BATCH_SIZE + 500
        connection.execute(
            "insert into whatsapp_message (business_id, direction, from_number, sent_at) "
            "select %s, 'inbound', %s, %s::timestamptz + i * '1 second'::interval "
            "from generate_series(1, %s) i",
            [business_id, PHONE, START, count],
        )
        insert(connection, business_id, "inbound", address=OTHER)
        with locker.transaction():
            # In the last batch.
            locker.execute("select from whatsapp_message where id = %s for update", [count])
            process = subprocess.Popen(
                onethread("erase", "--business", str(business_id), "--person", PHONE, "--yes"),
                env=os.environ | {"DATABASE_URL": database},
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
            )
            wait_until(lambda: is_waiting(connection, "%continue_erasure%"), process)
            process.send_signal(signal.SIGKILL)
            process.communicate()
        wait_until(lambda: not is_there(connection, "%continue_erasure%"))
        [half] = rows(connection, "select * from onethread.erasure")
        assert (half.step, half.messages) == ("messages", 2 * BATCH_SIZE)
        assert scalar(connection, "select count(*) from whatsapp_message") == 501

        done = subprocess.run(
            onethread(command[0], "--business", str(business_id), "--json", *command[1:]),
            env=os.environ | {"DATABASE_URL": database},
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        if command[0] == "erase":
            [report] = json.loads(done.stdout)
            assert (report["erasure_id"], report["messages"]) == (str(half.id), count)
        [whole] = rows(connection, "select * from onethread.erasure")
        assert (whole.step, whole.messages, whole.keys) == ("done", count, None)
        assert scalar(connection, "select count(*) from whatsapp_message") == 1
        assert find_traces(connection, business_id) == {}


def connect(database: str) -> Connection:
    return psycopg.connect(database, autocommit=True)


def onethread(*arguments: str) -> list[str]:
    return [
        sys.executable,
        "-c",
        "import onethread.cli; raise SystemExit(onethread.cli.main())",
        *arguments,
    ]


def run_tool(name: str, database: str, *arguments: str | Path) -> None:
    """Runs one of PostgreSQL's programs on a database."""
    command = [client(name, database), "--dbname", database, *arguments]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def erase_all(connection: Connection, business_id: int) -> None:
    erase(connection, business_id, PHONE)


def finish_all(connection: Connection, business_id: int) -> None:
    for row in rows(connection, "select id from onethread.erasure where finished_at is null"):
        while continue_erasure(connection, business_id, row.id) != "done":
            pass


def continue_erasure(connection: Connection, business_id: int, erasure_id: int) -> str:
    step: str = scalar(
        connection, "select onethread.continue_erasure(%s, %s)", business_id, erasure_id
    )
    return step


def read_bodies(connection: Connection) -> list[str]:
    return [row.body for row in rows(connection, "select body from whatsapp_message order by id")]


def is_there(connection: Connection, query: str) -> bool:
    """Whether another session is at this query."""
    return bool(
        scalar(
            connection,
            "select exists (select from pg_stat_activity where query like %s "
            "and datname = current_database() and state <> 'idle' and pid <> pg_backend_pid())",
            query,
        )
    )


def is_waiting(connection: Connection, query: str) -> bool:
    """Whether another session waits for a lock in this query."""
    return bool(
        scalar(
            connection,
            "select exists (select from pg_stat_activity where query like %s "
            "and datname = current_database() and wait_event_type = 'Lock' "
            "and pid <> pg_backend_pid())",
            query,
        )
    )


def wait_until(condition: Callable[[], bool], process: Any = None) -> None:
    give_up_at = time.monotonic() + TIMEOUT
    while not condition():
        assert process is None or process.poll() is None, process.communicate()
        assert time.monotonic() < give_up_at
        time.sleep(0.01)
