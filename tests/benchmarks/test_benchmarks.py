"""The benchmarks: every workload, small; and that nothing of it stays behind."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.benchmarks import databases, sizes, workloads
from tests.benchmarks.__main__ import main
from tests.benchmarks.contest import NAIVE, OURS, Table, create_baselines
from tests.benchmarks.people import Population, new_message
from tests.concurrency.sessions import run_until_blocked

TINY = sizes.Sizes(
    rounds=2,
    people=4,
    inserts=16,
    rows=200,
    filled=600,
    counted=0,
    transactions=16,
    newcomers=4,
    tables=(1_000, 3_000),
    few_chats_messages=200,
    flooded_conversations=60,
    flood=1_500,
    reads=2,
    merged=20,
    numbers=20,
    payloads=6,
    serving=((3, 2),),
    sending_seconds=0.2,
    tier_rate=50,
    tier_seconds=0.2,
    prepared=2,
    watched=1,
    backfilled=100,
)

ONCE = (
    "a business locked", "backfill", "footprint of a message", "Meta's tier", "open pages",
    "prepared", "webhooks",
)  # fmt: skip
"""What has no rounds."""


@dataclass(frozen=True)
class Outcome:
    """What a run left behind."""

    code: int
    out: str
    err: str


class Bench:
    """The benchmarks in this process, on the server of the tests."""

    def __init__(self, url: str, capsys: pytest.CaptureFixture[str]) -> None:
        self.url = url
        self._capsys = capsys

    def __call__(self, *arguments: str) -> Outcome:
        """Runs them."""
        code = main([*arguments, "--database-url", self.url])
        captured = self._capsys.readouterr()
        return Outcome(code, captured.out, captured.err)


@pytest.fixture
def bench(database: str, capsys: pytest.CaptureFixture[str]) -> Bench:
    return Bench(database, capsys)


@pytest.fixture
def prefix(monkeypatch: pytest.MonkeyPatch) -> str:
    """What the names of this test's databases begin with."""
    prefix = f"onethread_bench_{uuid.uuid4().hex[:8]}_"
    monkeypatch.setattr(databases, "PREFIX", prefix)
    monkeypatch.setattr(sizes, "QUICK", TINY)
    return prefix


def test_every_workload_has_ratios_when_run(bench: Bench, prefix: str) -> None:
    outcome = bench("--quick", "--json")

    assert outcome.code == 0, outcome.err
    facts, *results = map(json.loads, outcome.out.splitlines())
    assert facts["command"] == "make bench QUICK=1"
    assert facts["server_version"]
    assert {result["workload"] for result in results} == {
        "single row",
        "batch of 100",
        "COPY",
        "first contact",
        "footprint of a message",
        "hot contacts",
        "burst of new people",
        "merge",
        "undo of a merge",
        "normalize_phone",
        "inbox page",
        "thread page",
        "search for a number",
        "search for a word nobody wrote",
        "growth of the table",
        "prepared",
        "open pages",
        "ingest",
        "webhooks",
        "Meta's tier",
        "a business locked",
        "backfill",
    }
    for result in results:
        is_once = result["workload"] in ONCE
        assert len(result["rounds"]) == (1 if is_once else TINY.rounds)
        low, high = result["quartiles"]
        assert 0 < low <= result["ratio"] <= high
        assert result["ours"] > 0 and result["theirs"] > 0
        assert (result["is_met"] is None) == (result["target"] is None)
    assert_nobody_is_split_or_deadlocked(results)
    assert list_databases(bench.url, prefix) == []


def test_table_shows_ratio_and_target_when_run(bench: Bench, prefix: str) -> None:
    outcome = bench("--quick", "--only", "application")

    assert outcome.code == 0, outcome.err
    assert "server_version: " in outcome.out
    [line] = [line for line in outcome.out.splitlines() if "application" in line and "|" in line]
    assert ">= 3.00" in line and "rows/s" in line


@pytest.mark.parametrize("arguments", [["--only", "nonsense"], ["--only"], ["--database-url"]])
def test_bench_is_refused_when_used_wrongly(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(arguments)
    assert "usage" in capsys.readouterr().err


def test_databases_are_dropped_when_a_workload_fails(
    bench: Bench, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(run: Any) -> Iterator[Any]:
        with run.baselines() as (_, connection):
            assert list_databases(bench.url, prefix)
            connection.execute("select 1 / 0")
            yield

    monkeypatch.setitem(workloads.WORKLOADS, "copy", fail)
    outcome = bench("--quick", "--only", "copy")

    assert outcome.code == 1
    assert "division by zero" in outcome.err
    assert list_databases(bench.url, prefix) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_databases_are_dropped_when_interrupted(database: str, number: signal.Signals) -> None:
    """In the middle of the longest statement: filling the largest table."""
    name = f"bench-{uuid.uuid4().hex[:8]}"
    url = psycopg.conninfo.make_conninfo(database, application_name=name)
    with start_bench("--database-url", url, "--only", "inbox") as process:
        used = wait_for_database(database, name, "insert into public.whatsapp_message %")
        process.send_signal(number)
        _, errors = process.communicate(timeout=60)

    assert process.returncode != 0
    assert "Traceback" not in errors
    prefix = used.rpartition("_")[0]
    assert prefix.startswith("onethread_bench_")
    assert list_databases(database, prefix) == []


@pytest.mark.parametrize(("table", "conversations"), [(OURS, 1), (NAIVE, 2)])
def test_only_the_naive_trigger_splits_when_two_meet_a_new_person(
    database: str, table: Table, conversations: int
) -> None:
    with (
        psycopg.connect(database, autocommit=True) as first,
        psycopg.connect(database) as second,
    ):
        create_baselines(first)
        [person] = Population(first).take(1)
        rows = table.copy_data([new_message(person, "jid")])
        other_rows = table.copy_data([new_message(person, "jid")])

        table.copy(second, rows)
        if table is OURS:
            errors = run_until_blocked(database, lambda c: table.copy(c, other_rows), second.commit)
            assert errors == []
        else:
            table.copy(first, other_rows)
            second.commit()

        [(found,)] = first.execute(
            f"select count(distinct conversation_id) from {table.name}".encode()
        ).fetchall()
    assert found == conversations


def assert_nobody_is_split_or_deadlocked(results: list[dict[str, Any]]) -> None:
    """What was counted while many wrote at once."""
    counts = {result["workload"]: result["counts"] for result in results}
    assert counts["burst of new people"]["people"] == TINY.newcomers * (TINY.rounds + 1)
    for name in ("split", "null", "deadlocks"):
        assert counts["burst of new people"][name] == 0
    assert counts["hot contacts"]["deadlocks"] == 0


def list_databases(url: str, prefix: str) -> list[str]:
    """Databases on the server whose names begin so."""
    with psycopg.connect(url) as connection:
        rows = connection.execute("select datname from pg_database order by datname").fetchall()
    return [name for (name,) in rows if name.startswith(prefix)]


@contextmanager
def start_bench(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    """The command as a process of its own, which does not outlive the test."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.benchmarks", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def wait_for_database(url: str, application_name: str, query: str) -> str:
    """The database in which a session of this name runs such a query, once there is one."""
    end = time.monotonic() + 60
    with psycopg.connect(url, autocommit=True) as connection:
        while time.monotonic() < end:
            row = connection.execute(
                "select datname from pg_stat_activity where application_name = %s "
                "and state = 'active' and query ilike %s",
                [application_name, "%" + query],
            ).fetchone()
            if row is not None:
                return str(row[0])
            time.sleep(0.01)
    raise AssertionError("the bench never came so far")
