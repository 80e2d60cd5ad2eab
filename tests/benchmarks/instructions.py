"""Processor instructions of a message: they do not depend on what else the machine does.

Counted by valgrind's callgrind, where it is there, in a PostgreSQL of one process. Two runs of
different length are subtracted, so that neither its start nor a first row counts.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg

from onethread.embedded.cluster import Cluster
from onethread.embedded.programs import Programs
from onethread.errors import OnethreadError
from onethread.schema import migrate
from tests import server
from tests.benchmarks.contest import (
    CRM,
    FLOOR,
    OURS,
    Copies,
    Table,
    create_baselines,
    empty_tables,
    meet,
    settle,
)
from tests.benchmarks.meeting import copies_of_floor
from tests.benchmarks.people import SPELLINGS, Message, Population, new_message
from tests.benchmarks.report import Result, amounts
from tests.benchmarks.run import Run

Write = Callable[[int], Copies]
"""Messages of so many people, as COPYs."""


def instructions(run: Run) -> Iterator[Result]:
    """By COPY: known people, their spellings, new people."""
    if not run.sizes.counted or shutil.which("valgrind") is None:
        return
    with server.guarded_folder("onethread-bench-") as base:
        server.give_to_server(base)
        counter = _Counter(base, server.find_programs(base), run.sizes.counted)
        for case, ours, baselines in counter.prepare(run):
            counted = counter.count(ours)
            for name, theirs in baselines.items():
                yield amounts(
                    "instructions of a message",
                    f"COPY, {case}",
                    name,
                    counted / 1000,
                    counter.count(theirs) / 1000,
                    unit="thousand",
                )


class _Counter:
    """A server's data folder, and runs of copies of it under valgrind."""

    def __init__(self, base: Path, programs: Programs, rows: int) -> None:
        self._base = base
        self._programs = programs
        self._rows = rows
        self._data = base / "data"
        self._cluster = Cluster(self._data, lambda: programs, {"fsync": "off"}, ("--no-sync",))

    def prepare(self, run: Run) -> list[tuple[str, Write, dict[str, Write]]]:
        """A database of known people; the cases, what is written, and by whom else."""
        self._cluster.start()
        uri = self._cluster.uri("postgres")
        migrate.migrate(uri)
        with psycopg.connect(uri, autocommit=True) as connection:
            create_baselines(connection)
            population = Population(connection)
            known = {
                spelling: meet(connection, population.take(run.sizes.people), spelling)
                for spelling in ("jid", "national", "lid")
            }
            empty_tables(connection)
            for people in known.values():
                for table in (OURS, CRM, FLOOR):
                    table.copy(connection, table.copy_data(people * 4))
            settle(connection)
        self._cluster.stop()

        def writing(table: Table, people: list[Message]) -> Write:
            return lambda count: table.copies(run.choose.choices(people, k=count))

        def new_people(count: int) -> list[Message]:
            return [new_message(person, "jid") for person in population.take(count)]

        return [
            *(
                (
                    f"known, {SPELLINGS[spelling]}",
                    writing(OURS, people),
                    {
                        "a CRM's own table": writing(CRM, people),
                        "floor": writing(FLOOR, people),
                    },
                )
                for spelling, people in known.items()
            ),
            (
                "new, JIDs",
                lambda count: OURS.copies(new_people(count)),
                {"floor of its three inserts": lambda count: copies_of_floor(new_people(count))},
            ),
        ]

    def count(self, write: Write) -> float:
        """Instructions of a row."""
        less, more = (self._run(write(rows)) for rows in (self._rows, 3 * self._rows))
        return (more - less) / (2 * self._rows)

    def _run(self, copies: Copies) -> int:
        """All instructions of a server that starts, writes and ends."""
        folder = Path(tempfile.mkdtemp(dir=self._base))
        statements = []
        for number, (target, data) in enumerate(copies):
            (folder / str(number)).write_bytes(data)
            statements.append(f"copy {target} from '{folder / str(number)}'\n")
        shutil.copytree(self._data, folder / "data")
        account = self._programs.account
        if account:
            for path in (self._base, folder, *folder.rglob("*")):
                os.chown(path, account.pw_uid, account.pw_gid)
        done = subprocess.run(
            [
                *("valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"),
                *(str(self._programs.folder / "postgres"), "--single"),
                *("-D", str(folder / "data"), "-c", "fsync=off", "postgres"),
            ],
            input="".join(statements),
            capture_output=True,
            text=True,
            check=True,
            cwd=folder,
            user=account and account.pw_uid,
            group=account and account.pw_gid,
            env={"PATH": os.environ["PATH"], "HOME": str(folder), **self._programs.environment},
        )
        shutil.rmtree(folder)
        counted = re.search(r"Collected : (\d+)", done.stderr)
        if counted is None or "ERROR" in done.stderr:
            raise OnethreadError(f"the server under valgrind failed: {done.stderr[-2000:]}")
        return int(counted[1])
