"""What a command that fails says, and the code that it ends with: 0, 1 or 2."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys

import psycopg
import pytest

from tests.cli.commands import CommandLine


def test_detail_and_hint_are_told_when_the_database_refuses(onethread: CommandLine) -> None:
    with psycopg.connect(onethread.url) as connection:
        connection.execute(
            """
            create function refuse() returns trigger language plpgsql as $$
            begin
              raise exception 'no new business'
                using detail = 'the view crm_report depends on it', hint = 'Drop the view first.';
            end;
            $$;
            create trigger refuse before insert on business
            for each row execute function refuse();
            """
        )
    outcome = onethread("business", "add", "Clinic", "--region", "IL")
    assert outcome.code == 1
    assert outcome.err.splitlines() == [
        "onethread: no new business",
        "the view crm_report depends on it",
        "Drop the view first.",
    ]


def test_code_is_1_when_the_port_is_taken(database: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = _run(database, "serve", "--insecure", "--port", port)
    assert done.returncode == 1
    assert "address already in use" in done.stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_code_is_0_when_the_server_is_told_to_stop(database: str, number: signal.Signals) -> None:
    serving = subprocess.Popen(
        [sys.executable, "-m", "onethread", "serve", "--insecure", "--port", "0"],
        env=os.environ | {"DATABASE_URL": database},
        stderr=subprocess.PIPE,
        text=True,
    )
    assert serving.stderr is not None
    assert any("running on" in line for line in serving.stderr)
    serving.send_signal(number)
    _, told = serving.communicate(timeout=60)
    assert (serving.returncode, "Traceback" in told) == (0, False)


def test_code_is_1_when_nobody_reads_the_output(database: str) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    for arguments in (["--help"], ["business", "list"]):
        done = _run(database, *arguments, stdout=writer)
        assert (done.returncode, done.stderr) == (1, "")
    os.close(writer)


def _run(
    url: str, *arguments: str, stdout: int = subprocess.PIPE
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "onethread", *arguments],
        env=os.environ | {"DATABASE_URL": url, "PYTHONUNBUFFERED": ""},
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
