"""DATABASE_URL: taken as programs have it, and never told to anybody."""

from __future__ import annotations

import traceback
from pathlib import Path

import pytest

import onethread
from onethread.errors import ServerUnreachable
from tests.cli.commands import CommandLine

SECRET = "T0PSECRET"


@pytest.mark.parametrize(
    "scheme",
    ["postgres", "postgresql+psycopg", "postgresql+asyncpg", "postgresql+psycopg2", "PostgreSQL"],
)
def test_url_is_taken_as_other_programs_write_it(
    database: str, monkeypatch: pytest.MonkeyPatch, scheme: str
) -> None:
    monkeypatch.setenv("DATABASE_URL", database.replace("postgresql", scheme, 1))
    with onethread.connect() as connection:
        assert connection.execute("select 1").fetchone() == (1,)


@pytest.mark.parametrize(
    "url",
    [
        "postgresq://bob:T0PSECRET@db/x",
        "postgresql+psycopg+2://bob:T0PSECRET@db/x",
        "postgresql://bob:100%T0PSECRET@db/x",
        "postgresql://bob:1/T0PSECRET@127.0.0.1:1/x",
        "postgresql://bob:1?T0PSECRET@127.0.0.1:1/x",
        "postgresql://bob:T0PSECRET?1@127.0.0.1:1/x",
        "postgresql://bob:1@T0PSECRET@127.0.0.1:1/x",
        "postgresql://bob:1@/T0PSECRET@127.0.0.1:1/x",
        "postgresql://bob:1:T0PSECRET@127.0.0.1:1/x",
        "postgresql://bob:T0PSECRET@127.0.0.1:1/x",
        "postgresql+asyncpg://bob:T0PSECRET@127.0.0.1:1/x?ssl=require",
        "host=127.0.0.1 port=1 password=1 T0PSECRET",
        "host=127.0.0.1 port=1 password=T0PSECRET",
        "bob:T0PSECRET@127.0.0.1:1/x",
    ],
)
def test_password_is_never_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], url: str
) -> None:
    command = CommandLine(url, tmp_path, monkeypatch, capsys)
    for arguments in (("doctor",), ("doctor", "--json"), ("inbox",), ("migrate",), ("audit",)):
        outcome = command(*arguments)
        assert outcome.code == (2 if arguments[0] == "doctor" else 1)
        assert SECRET not in outcome.out + outcome.err
        assert "DATABASE_URL" in outcome.out + outcome.err
    with pytest.raises(ServerUnreachable) as raised:
        onethread.connect(url)
    assert SECRET not in "".join(traceback.format_exception(raised.value)).replace(url, "")
