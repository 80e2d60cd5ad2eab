"""What befalls commands that work through something: they are run again until they finish."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable

from onethread.messages.write import insert_messages
from tests.faults.ledger import message, payload, phone
from tests.faults.load import wait_until
from tests.faults.scene import OWN, Connection, Scene
from tests.sending.fake_provider import FakeProvider, Request, run_fake_provider

_INGESTED, _BACKFILLED, _QUEUED = 2500, 1500, 40
_BREAKS = 3
"""Times that one run of a command is broken before it may finish."""

_SESSIONS = f"""
select pid from pg_stat_activity
where datname = current_database() and application_name <> '{OWN}'
  and backend_type = 'client backend'
"""
_AT_WORK = f"{_SESSIONS} and backend_xid is not null"

Break = Callable[[Connection, "subprocess.Popen[str]"], None]


def _command(scene: Scene, *arguments: str, **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import onethread.cli; raise SystemExit(onethread.cli.main())",
            *arguments,
        ],
        env=os.environ | {"DATABASE_URL": scene.database} | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def sending_command(scene: Scene, provider: FakeProvider, *arguments: str) -> subprocess.Popen[str]:
    """`onethread send-queued`, through this provider."""
    return _command(
        scene,
        "send-queued",
        *arguments,
        ONETHREAD_META_URL=provider.url,
        ONETHREAD_META_PHONE_NUMBER_ID="1",
        ONETHREAD_META_ACCESS_TOKEN="x",
    )


def _kill(watcher: Connection, process: subprocess.Popen[str]) -> None:
    process.kill()
    process.communicate()


def _cut(watcher: Connection, process: subprocess.Popen[str]) -> None:
    """It ends by itself, and says why and what to do."""
    watcher.execute(f"select pg_terminate_backend(b.pid) from ({_AT_WORK}) as b")
    _, errors = process.communicate()
    if process.returncode:
        assert "the database went away" in errors and "Run it again" in errors, errors
        assert "Traceback" not in errors


def _run_broken(
    scene: Scene, break_it: Break, done: str, whole: int, *arguments: str, breaks: int = _BREAKS
) -> None:
    """Breaks the command in the middle of a transaction, once each part of the work is done; then
    lets it finish."""
    for number in range(breaks):
        goal = whole * number // breaks
        process = _command(scene, *arguments)
        with scene.connect() as watcher:

            def is_there(goal: int = goal, process: subprocess.Popen[str] = process) -> bool:
                [(is_so,)] = watcher.execute(
                    f"select exists ({_AT_WORK}) and ({done}) >= {goal}".encode()
                ).fetchall()
                return process.poll() is not None or is_so

            wait_until(is_there, "the command is at work")
            break_it(watcher, process)
            if process.returncode == 0:  # it says that all is done
                assert number, "it was not broken once"
                return
    process = _command(scene, *arguments)
    _, errors = process.communicate()
    assert process.returncode == 0, errors


def ingest_killed(scene: Scene) -> None:
    """SIGKILL to `onethread ingest`."""
    _ingest(scene, _kill)


def ingest_cut(scene: Scene) -> None:
    """The transaction of `onethread ingest` is cut."""
    _ingest(scene, _cut)


def ingest_disk_full(scene: Scene) -> None:
    """No byte is left on the disk of the data: `onethread ingest` ends and says so."""
    scene.server.require_disks()

    def fill(watcher: Connection, process: subprocess.Popen[str]) -> None:
        scene.server.fill_disk("data")
        _, errors = process.communicate()
        scene.server.free_disks()
        scene.server.recover()  # a checkpoint that finds no space stops the server
        if process.returncode:
            reasons = ("No space left on device", "the database went away")
            assert any(reason in errors for reason in reasons), errors
            assert "Run it again" in errors, errors

    _ingest(scene, fill)


def _ingest(scene: Scene, break_it: Break) -> None:
    while scene.more():
        numbers = list(itertools.islice(scene.turns, _INGESTED))
        with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as file:
            file.write("\n".join(payload(number) for number in numbers))
            file.flush()
            done = f"select count(*) from whatsapp_message where body::bigint >= {numbers[0]}"
            command = ("ingest", "--business", "1", "--provider", "baileys", file.name)
            _run_broken(scene, break_it, done, _INGESTED, *command)
        scene.ledger.acknowledge(numbers)


def backfill_killed(scene: Scene) -> None:
    """SIGKILL to `onethread backfill`, over messages that were written without the trigger."""
    while scene.more():
        numbers = list(itertools.islice(scene.turns, _BACKFILLED))
        with scene.connect() as writer:
            writer.execute("set session_replication_role = replica")
            insert_messages(writer, 1, [message(number) for number in numbers])
        scene.ledger.acknowledge(numbers)
        done = (
            "select count(*) from whatsapp_message "
            f"where body::bigint >= {numbers[0]} and conversation_id is not null"
        )
        _run_broken(scene, _kill, done, _BACKFILLED, "backfill", "--throttle", "1500")


def send_queued_killed(scene: Scene) -> None:
    """SIGKILL to `onethread send-queued` while the provider answers. It cannot know whether the
    message went: it is sent again once the lease is over, and the row says that it was tried twice.
    """
    _send(scene, _kill_sender, is_sent_again=True)


def send_queued_cut(scene: Scene) -> None:
    """Its connection is cut while the provider answers: what was sent is noted on the next one."""
    _send(scene, _cut_sender, is_sent_again=False)


def _kill_sender(watcher: Connection, process: subprocess.Popen[str]) -> None:
    process.kill()
    process.wait()


def _cut_sender(watcher: Connection, process: subprocess.Popen[str]) -> None:
    cut = watcher.execute(
        f"select pg_terminate_backend(s.pid, 5000) from ({_SESSIONS}) as s"
    ).fetchall()
    assert cut == [(True,)]


def _send(scene: Scene, break_it: Break, is_sent_again: bool) -> None:
    taken: Counter[int] = Counter()
    unsure: set[int] = set()
    with run_fake_provider() as provider, scene.connect() as session:
        while scene.more():
            numbers = list(itertools.islice(scene.turns, _QUEUED))
            _queue(session, numbers)
            while True:
                process = sending_command(scene, provider)
                answers = itertools.count(1)

                def break_one(
                    request: Request,
                    process: subprocess.Popen[str] = process,
                    answers: itertools.count[int] = answers,
                ) -> None:
                    number = int(request.content["text"]["body"])
                    taken[number] += 1
                    if next(answers) == 12:
                        unsure.add(number)
                        with scene.connect() as watcher:
                            break_it(watcher, process)

                provider.before_answer = break_one
                _, errors = process.communicate()
                assert process.returncode in (0, -9), errors
                if process.returncode == 0:
                    break
                session.execute(  # the lease of the one that died is over
                    "update whatsapp_message set send_after = now() - interval '1 s' "
                    "where status = 'sending'"
                )
            [(sent,)] = session.execute(
                "select count(*) from whatsapp_message "
                "where status = 'sent' and body::bigint >= %s",
                [numbers[0]],
            ).fetchall()
            assert sent == len(numbers)
            assert all(taken[number] for number in numbers), "a message was forgotten"
            scene.ledger.acknowledge(numbers)
        again = {number for number, times in taken.items() if times > 1}
        assert again == (unsure if is_sent_again else set())
        assert unsure
        attempts = session.execute(
            "select body::int from whatsapp_message where send_attempts > 1"
        ).fetchall()
        assert {row[0] for row in attempts} == again


def _queue(session: Connection, numbers: list[int]) -> None:
    """Answers to the people, under their phones."""
    with session.cursor() as cursor:
        cursor.executemany(
            "insert into whatsapp_message (business_id, direction, to_number, body, status) "
            "values (1, 'outbound', %s, %s, 'queued')",
            [[phone(number), str(number)] for number in numbers],
        )
