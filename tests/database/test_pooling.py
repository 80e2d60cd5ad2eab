"""Behind a pooler that gives each transaction another session, nothing may be left in a session."""

from __future__ import annotations

import json
import os
import pwd
import shutil
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from fastapi.testclient import TestClient
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from onethread.database.connection import open_connection
from onethread.web import create_app
from tests.cli.commands import BAILEYS, CommandLine
from tests.conftest import add_business, add_login
from tests.sql.query import scalar
from tests.web.conftest import API, BEARER, SETTINGS

CONFIG = """
[databases]
* = host={host} port={port}
[pgbouncer]
pool_mode = transaction
default_pool_size = 2
listen_port = 6432
unix_socket_dir = {folder}
auth_type = trust
auth_file = {folder}/users
"""


@pytest.mark.parametrize(("setting", "is_prepared"), [("off", False), (None, True)])
def test_statements_are_not_prepared_when_told(
    database: str, monkeypatch: pytest.MonkeyPatch, setting: str | None, is_prepared: bool
) -> None:
    if setting is not None:
        monkeypatch.setenv("ONETHREAD_PREPARE", setting)
    with open_connection(database) as connection:
        for _ in range(10):
            connection.execute("select %s::int", [1])
        found = connection.execute("select from pg_prepared_statements").rowcount
    assert bool(found) == is_prepared


@pytest.fixture
def pooled(database: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The database through PgBouncer in transaction mode, with two sessions for all, for a login
    of the application."""
    program = shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin")
    if program is None:
        pytest.skip("PgBouncer is not installed")
    role = f"application_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(database, autocommit=True) as owner:
        add_login(owner, role, "onethread_app")
        for name in ("First", "Second"):
            add_business(owner, name)
    monkeypatch.setenv("ONETHREAD_PREPARE", "off")
    with tempfile.TemporaryDirectory(prefix="pgbouncer-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        user = None
        if os.geteuid() == 0:  # as which it does not run
            user = "nobody"
            os.chown(folder, pwd.getpwnam(user).pw_uid, -1)
        config = folder / "pgbouncer.ini"
        server = conninfo_to_dict(database)
        config.write_text(CONFIG.format(host=server["host"], port=server["port"], folder=folder))
        (folder / "users").write_text(f'"{role}" "{server.get("password", "")}"\n')
        with subprocess.Popen(
            [program, "-q", config], user=user, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT
        ) as process:
            try:
                url = make_conninfo(database, host=name, port=6432, user=role)
                wait_for(url)
                yield url
            finally:
                process.terminate()


def wait_for(url: str) -> None:
    for _ in range(200):
        try:
            psycopg.connect(url).close()
        except psycopg.OperationalError:
            time.sleep(0.05)
        else:
            return
    psycopg.connect(url).close()


def test_tenants_do_not_mix_when_requests_share_sessions(pooled: str, database: str) -> None:
    """Each business's transactions run in the sessions of the other's."""
    requests = [(business, number) for number in range(40) for business in (1, 2)]

    def message(business: int, number: int) -> str:
        text = {"conversation": f"{business} {number}"}
        key = {"remoteJid": f"9725000000{number % 10:02}@s.whatsapp.net", "id": f"{number:06X}"}
        said = {"key": key | {"fromMe": False}, "message": text, "messageTimestamp": 1_790_000_000}
        return json.dumps({"event": "messages.upsert", "data": {"messages": [said]}})

    with TestClient(create_app(pooled, SETTINGS)) as client:

        def post_and_read(request: tuple[int, int]) -> None:
            business, number = request
            posted = client.post(
                f"/webhooks/baileys/{business}", content=message(*request), headers=BEARER
            )
            assert (posted.status_code, posted.json()["messages"]) == (200, 1), posted.text
            thread = client.get(
                f"/api/v1/thread/+9725000000{number % 10:02}?business_id={business}",
                headers=API,
            )
            bodies = {row["body"] for row in thread.json()["messages"]}
            assert f"{business} {number}" in bodies
            assert {body.split()[0] for body in bodies} == {str(business)}

        with ThreadPoolExecutor(8) as threads:
            list(threads.map(post_and_read, requests))
    with psycopg.connect(database) as owner:
        assert scalar(owner, "select count(*) from whatsapp_message") == len(requests)
        assert scalar(owner, "select count(*) from whatsapp_conversation") == 20
        sessions = "select count(*) from pg_stat_activity where usename ~ '^application_' "
        assert scalar(owner, f"{sessions} and datname = current_database()") <= 2


def test_commands_work_when_behind_a_pooler(
    pooled: str, onethread: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", pooled)
    person = ("--business", "1", "--person", "111111111110001@lid")
    for command in (
        ("ingest", "--business", "1", "--provider", "baileys", BAILEYS),
        ("inbox", "--business", "1"),
        ("thread", "111111111110001@lid", "--business", "1"),
        ("pending", "--business", "1", "--apply"),
        ("export", *person),
        ("erase", *person, "--yes"),
        ("retention", "set", "--business", "1", "--messages", "30"),
        ("retention", "run", "--business", "1"),
    ):
        outcome = onethread(*command)
        assert outcome.code == 0, (command, outcome.err)
