"""`onethread serve` under what Meta sends: as fast as it takes it, at the rate of Meta's top tier,
and with one business in the way of the others. Nothing may be lost or doubled."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import psycopg

from onethread.database.connection import open_connection
from tests.benchmarks.contest import settle
from tests.benchmarks.report import Result, Target
from tests.benchmarks.run import Run
from tests.benchmarks.senders import SECRET, Senders, Sent, person, requests, text_request

_SENDERS = 64
_PEOPLE = 20_000
_ALLOWED_SECONDS, _LATE_SECONDS, _LATE_SHARE = 0.25, 1.0, 0.01
# Fewer than it takes: what a lock costs is to be seen, not what a queue costs.
_RATE_BESIDE_LOCK = 200
_LOCKED_SECONDS = 1.0
_BESIDE_SECONDS = 0.1
_TOKEN = "the-token-of-the-benchmark"
_PAYLOADS = re.compile(rb"^onethread_intake_payloads_total\{.*\} ([0-9.e+]+)$", re.MULTILINE)


def webhooks(run: Run) -> Iterator[Result]:
    """Of each number of businesses and processes."""
    for businesses, workers in run.sizes.serving:
        with _scene(run, businesses, workers) as scene:
            case = f"{_count(businesses, 'business', 'businesses')}, " + _count(
                workers, "process", "processes"
            )
            yield _as_fast_as_it_can(scene, case, run)
            yield _tier(scene, case, run)
            if businesses > 1:
                yield _beside_lock(scene, case)
            scene.check()


def _as_fast_as_it_can(scene: _Scene, case: str, run: Run) -> Result:
    seconds = run.sizes.sending_seconds
    alone = scene.send(seconds, senders=1)
    before = scene.spent()
    sent = scene.send(seconds)
    spent = {name: each - before[name] for name, each in scene.spent().items()}
    count = len(sent.answers)
    rate, rate_alone = count / sent.seconds, len(alone.answers) / alone.seconds
    return Result(
        "webhooks",
        f"{_SENDERS} senders, {case}",
        "webhooks/s",
        rate,
        "one sender",
        rate_alone,
        (rate / rate_alone,),
        Target(zero=("not 200",)),
        {
            "ms median": _milliseconds(sent, 50),
            "ms p99": _milliseconds(sent, 99),
            **{
                f"ms CPU of {name} each": round(1_000 * each / count, 3)
                for name, each in spent.items()
            },
            "not 200": sent.others.total(),
        },
    )


def _tier(scene: _Scene, case: str, run: Run) -> Result:
    """Whether or not it keeps up; the time of an answer counts from when its request was due."""
    seconds, rate = run.sizes.tier_seconds, run.sizes.tier_rate
    sent = scene.send(seconds, rate)
    late = sent.late(_LATE_SECONDS)
    share = late / (len(sent.answers) + sent.left)
    median = sent.percentile(50)
    return Result(
        "Meta's tier",
        f"{rate:,} webhooks a second for {seconds:g} s, {case}",
        "ms",
        1_000 * median,
        "allowed median",
        1_000 * _ALLOWED_SECONDS,
        (median / _ALLOWED_SECONDS,),
        Target(at_most=1, zero=("times more than 1 % late",)),
        {
            "taken a second": round(len(sent.answers) / sent.seconds),
            "ms p99": _milliseconds(sent, 99),
            "ms the longest": _milliseconds(sent, 100),
            "over 1 s or not taken": late,
            "times more than 1 % late": int(share > _LATE_SHARE),
        },
    )


def _beside_lock(scene: _Scene, case: str) -> Result:
    """Somebody holds the people of one business for a second: what the others' answers take."""
    held, *others = scene.businesses
    scene.send(_LOCKED_SECONDS, _RATE_BESIDE_LOCK, others)
    with scene.holding(held):
        sent = scene.send(_LOCKED_SECONDS, _RATE_BESIDE_LOCK, others)
    longest = sent.percentile(99)
    return Result(
        "a business locked",
        f"the others, {case}, p99",
        "ms",
        1_000 * longest,
        "allowed",
        1_000 * _BESIDE_SECONDS,
        (longest / _BESIDE_SECONDS,),
        Target(at_most=1, zero=("not 200",)),
        {"ms the longest": _milliseconds(sent, 100), "not 200": sent.others.total()},
    )


@dataclass
class _Scene:
    """A server, and what was sent to it."""

    connection: psycopg.Connection[Any]
    port: int
    server: psutil.Process
    businesses: list[int]
    people: int
    taken: int = 0
    _next: int = 0

    def send(
        self, seconds: float, rate: int = 0, businesses: list[int] | None = None, senders: int = 0
    ) -> Sent:
        """Sends, of these businesses or of all."""
        bodies = requests(businesses or self.businesses, self.people, self._next)
        self._next += 10_000_000
        with Senders(self.port, senders or _SENDERS) as these:
            sent = these.send(bodies, seconds, rate)
        self.taken += len(sent.answers) - sent.others.total()
        return sent

    @contextmanager
    def holding(self, business_id: int) -> Iterator[None]:
        """Somebody holds its people, and its webhooks wait; they are answered in the end."""
        with (
            psycopg.connect(self.connection.info.dsn) as holder,
            ThreadPoolExecutor() as waiting,
        ):
            holder.execute(
                "select from public.whatsapp_identity where business_id = %s for update",
                [business_id],
            )
            bodies = [text_request(business_id, self.people, self._next + n) for n in range(3)]
            answers = [waiting.submit(self._post, body) for body in bodies]
            yield
            assert not any(answer.done() for answer in answers), "its people are not held"
            holder.rollback()
            for answer in answers:
                assert answer.result().startswith(b"HTTP/1.1 200"), answer.result()
        self.taken += len(answers)

    def _post(self, body: bytes) -> bytes:
        with socket.create_connection(("127.0.0.1", self.port), timeout=30) as connection:
            connection.sendall(body)
            return connection.recv(65_536)

    def spent(self) -> Mapping[str, float]:
        """Seconds of processors so far, of the server and of PostgreSQL, if that is here."""
        backends = self.connection.execute(
            "select pid from pg_stat_activity "
            "where datname = current_database() and pid <> pg_backend_pid()"
        ).fetchall()
        spent = {"serve": _seconds([self.server, *self.server.children(recursive=True)])}
        with_name = [psutil.Process(pid) for (pid,) in backends if psutil.pid_exists(pid)]
        if with_name and all("postgres" in each.name() for each in with_name):
            spent["PostgreSQL"] = _seconds(with_name)
        return spent

    def check(self) -> None:
        """All that was answered with 200 is there, once, and /metrics tells of it."""
        [(stored,)] = self.connection.execute(
            "select (select count(*) from public.whatsapp_message where kind = 'text') "
            "+ (select count(*) from public.whatsapp_message_event)"
        ).fetchall()
        assert stored == self.taken, f"{self.taken} were taken, {stored} are stored"
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/metrics", headers={"Authorization": f"Bearer {_TOKEN}"}
        )
        with urllib.request.urlopen(request) as answer:
            counted = sum(map(float, _PAYLOADS.findall(answer.read())))
        assert counted == self.taken, f"{self.taken} were taken, /metrics tells of {counted:g}"


@contextmanager
def _scene(run: Run, businesses: int, workers: int) -> Iterator[_Scene]:
    with run.databases.open() as url, open_connection(url) as connection:
        ids = [
            number
            for (number,) in connection.execute(
                "insert into public.business (name, default_region) "
                "select 'Bench', 'IL' from generate_series(1, %s) returning id",
                [businesses],
            ).fetchall()
        ]
        connection.execute(
            "insert into public.business_number (business_id, kind, value) "
            "select id, 'phone', '+97237000100' from public.business"
        )
        people = max(min(run.sizes.people * 10, _PEOPLE) // businesses, 1)
        with (
            connection.cursor() as cursor,
            cursor.copy(
                "copy public.whatsapp_message (business_id, direction, from_number, provider, kind)"
                " from stdin"
            ) as copy,
        ):
            for each in ids:
                for number in range(people):
                    name = f"{person(each, number)}@s.whatsapp.net"
                    copy.write_row((each, "inbound", name, "meta_cloud", "image"))
        settle(connection)
        secrets = {"META_APP_SECRET": SECRET, "API_TOKEN": _TOKEN, "METRICS_TOKEN": _TOKEN}
        environment = {f"ONETHREAD_{name}": value for name, value in secrets.items()}
        with serving(url, "--workers", str(workers), **environment) as (port, process):
            scene = _Scene(connection, port, psutil.Process(process), ids, people)
            scene.send(run.sizes.sending_seconds / 5)  # connections, and prepared statements
            yield scene


@contextmanager
def serving(url: str, *options: str, **environment: str) -> Iterator[tuple[int, int]]:
    """The port and the process of a server of its own."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    program = Path(sys.executable).with_name("onethread")
    process = subprocess.Popen(  # our own command
        [program, "serve", "--port", str(port), *options],
        env=os.environ | {"DATABASE_URL": url} | environment,
        stderr=subprocess.DEVNULL,
    )
    try:
        while True:
            assert process.poll() is None, "the server did not start"
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                time.sleep(0.05)
        yield port, process.pid
    finally:
        process.terminate()
        process.wait(30)


def _seconds(processes: list[psutil.Process]) -> float:
    times = [each.cpu_times() for each in processes]
    return float(sum(each.user + each.system for each in times))


def _milliseconds(sent: Sent, percent: float) -> float:
    return round(1_000 * sent.percentile(percent), 1)


def _count(count: int, singular: str, plural: str) -> str:
    return f"{count} {singular if count == 1 else plural}"
