"""What the indexes that reading needs cost a writer.

    python -m tests.sql.inbox.text_index_cost [ROUNDS]

On a server of its own (ONETHREAD_TEST_POSTGRES chooses the version), one database for each set of
indexes. A round copies the same 20,000 messages of 2,000 known people into each of them, in an
order that is drawn anew, so that whatever else the machine does meets them all alike. Printed are
medians in microseconds a row: by the clock, and of the server process's processor time.
"""

from __future__ import annotations

import os
import random
import statistics
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psycopg

from onethread.schema.text_index import index_statement
from tests import server
from tests.conftest import Connection, add_business

ROWS, PEOPLE = 20_000, 2_000

_NO_READING = """
drop index whatsapp_message_change_idx, whatsapp_message_queue_idx, whatsapp_message_inbound_idx
"""
_NO_TRIGGER = "alter table whatsapp_message disable trigger user"
_LARGE_LIST = "alter index whatsapp_message_text_idx set (gin_pending_list_limit = 1048576)"
_NO_LIST = "alter index whatsapp_message_text_idx set (fastupdate = off)"


def sets() -> dict[str, list[str]]:
    """What is compared: a name -> the statements that make it of a migrated database."""
    index = index_statement().replace("concurrently ", "")
    return {
        "no index for reading, no trigger": [_NO_READING, _NO_TRIGGER],
        "no trigger": [_NO_TRIGGER],
        "no index for reading": [_NO_READING],
        "as migrated": [],
        "and full text": [index],
        "and full text, a pending list of 1 GB": [index, _LARGE_LIST],
        "and full text, no pending list": [index, _NO_LIST],
    }


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 6
    rng = random.Random(7)
    words = [
        "".join(rng.choices("abcdefghijklmnopqrstuvwxyz", k=rng.randint(2, 10)))
        for _ in range(5000)
    ]
    with ExitStack() as stack:
        migrated = server.with_template(stack.enter_context(server.run_server()))
        connections = {
            name: _prepare(stack.enter_context(server.cloned(migrated)), made)
            for name, made in sets().items()
        }
        taken: dict[str, list[tuple[float, float]]] = {name: [] for name in connections}
        for number in range(rounds + 1):
            rows = [_row(rng, words) for _ in range(ROWS)]
            for name in rng.sample(list(connections), len(connections)):
                measured = _copy(connections[name], rows, has_trigger="no trigger" not in name)
                if number:  # the first one warms up
                    taken[name].append(measured)
    for name, measures in taken.items():
        clock, processor = (statistics.median(column) for column in zip(*measures, strict=True))
        print(f"{name:40} {clock:8.1f} {processor:8.1f}")


def _prepare(uri: str, made: list[str]) -> Connection:
    """A session in a new database with a business and its people."""
    connection = psycopg.connect(uri, autocommit=True)
    add_business(connection)
    connection.execute(
        "insert into whatsapp_message (business_id, direction, from_number) "
        "select 1, 'inbound', 972500000000 + i || '@s.whatsapp.net' from generate_series(1, %s) i",
        [PEOPLE],
    )
    for statement in made:
        connection.execute(statement)
    connection.execute("vacuum analyze")
    return connection


def _row(rng: random.Random, words: list[str]) -> tuple[Any, ...]:
    return (
        1, "inbound", f"{972500000001 + rng.randrange(PEOPLE)}@s.whatsapp.net", "Dana Levi",
        " ".join(rng.choices(words, k=8)), "2026-11-25 10:00+00",
    )  # fmt: skip


def _copy(
    connection: Connection, rows: list[tuple[Any, ...]], *, has_trigger: bool
) -> tuple[float, float]:
    """Microseconds a row by the clock, and of the server process."""
    columns = "business_id, direction, from_number, sender_name, body, sent_at"
    if not has_trigger:
        columns += ", conversation_id, identity_id"
        owner = dict(
            connection.execute(
                "select distinct on (from_number) from_number, "
                "array[conversation_id, identity_id] from whatsapp_message order by from_number, id"
            ).fetchall()
        )
        rows = [(*row, *owner[row[2]]) for row in rows]
    pid = connection.info.backend_pid
    began, used = time.perf_counter(), _processor_seconds(pid)
    with (
        connection.cursor() as cursor,
        cursor.copy(f"copy whatsapp_message ({columns}) from stdin") as copy,
    ):
        for row in rows:
            copy.write_row(row)
    seconds = time.perf_counter() - began
    return seconds / ROWS * 1e6, (_processor_seconds(pid) - used) / ROWS * 1e6


def _processor_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
