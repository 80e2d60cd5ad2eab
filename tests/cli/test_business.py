"""The commands migrate and business."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from tests.cli.commands import OWN_NUMBER, CommandLine


def test_migrate_says_how_many_when_database_is_empty(
    empty_database: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    onethread = CommandLine(empty_database, tmp_path, monkeypatch, capsys)
    first, second = onethread("migrate"), onethread("migrate")
    assert first.code == second.code == 0
    assert not first.out.startswith("0 migration")
    assert second.out.startswith("0 migration")


def test_business_is_listed_when_added(clinic: CommandLine) -> None:
    clinic("business", "add", "Padaria", "--region", "br")
    [first, second] = clinic("business", "list", "--json").rows
    assert first == {
        "id": "1",
        "name": "Clinic",
        "default_region": "IL",
        "numbers": ["+97237000100"],
    }
    assert (second["name"], second["default_region"], second["numbers"]) == ("Padaria", "BR", [])
    assert "+97237000100" in clinic("business", "list").out


@pytest.mark.parametrize(
    ("region", "number", "complaint"),
    [
        ("Israel", OWN_NUMBER, "region"),
        ("IL", "bla", "'bla'"),
        ("1L", OWN_NUMBER, "region"),
        ("XX", OWN_NUMBER, "region"),
    ],
)
def test_business_is_not_added_when_it_cannot_be_read(
    onethread: CommandLine, region: str, number: str, complaint: str
) -> None:
    added = onethread("business", "add", "X", "--region", region, "--number", number)
    assert added.code == 1
    assert complaint in added.err
    assert len(added.err.splitlines()) == 2
    assert onethread("business", "list", "--json").rows == []


def test_installed_command_works_when_run_as_a_process(database: str) -> None:
    command = shutil.which("onethread", path=str(Path(sys.executable).parent))
    if command is None:
        pytest.skip("the command is not installed beside this Python")
    environment = os.environ | {"DATABASE_URL": database}
    for arguments in (["business", "add", "Clinic", "--region", "IL"], ["inbox", "--json"]):
        done = subprocess.run(
            [command, *arguments], env=environment, capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.strip() == "[]"
    with psycopg.connect(database) as connection:
        assert connection.execute("select name from business").fetchall() == [("Clinic",)]
