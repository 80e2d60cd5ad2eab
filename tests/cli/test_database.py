"""Without DATABASE_URL: what looks around takes the embedded server, nothing else does."""

from __future__ import annotations

from pathlib import Path

import pytest

import onethread
from onethread.errors import ServerUnreachable
from tests.cli.commands import CommandLine

HAS_TO_BE_TOLD = [
    ("serve", "--insecure"),
    ("send-queued",),
    ("migrate",),
    ("audit",),
    ("backfill",),
    ("uninstall",),
    ("search-index",),
    ("phone-metadata",),
    ("pending", "--apply"),
    ("erase", "--business", "1", "--person", "0501234567", "--yes"),
    ("export", "--business", "1", "--person", "0501234567"),
    ("retention",),
    ("retention", "run"),
]
LOOKS_AROUND = [
    ("inbox",),
    ("thread", "0501234567"),
    ("conflicts",),
    ("pending",),
    ("explain", "1"),
    ("rejects",),
    ("business", "list"),
    ("ingest", "--business", "1", "--provider", "baileys", "-"),
]


@pytest.fixture
def nowhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> CommandLine:
    """The command line of a container that lost its settings."""
    monkeypatch.setenv("ONETHREAD_HOME", str(tmp_path / "home"))
    return CommandLine("", tmp_path, monkeypatch, capsys)


@pytest.mark.parametrize("arguments", HAS_TO_BE_TOLD, ids=" ".join)
def test_command_names_both_ways_when_it_has_to_be_told(
    nowhere: CommandLine, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    outcome = nowhere(*arguments)
    assert outcome.code == 1
    assert outcome.err.startswith("onethread: DATABASE_URL is not set\n")
    assert "--embedded" in outcome.err and "connect(embedded=True)" in outcome.err
    assert not (tmp_path / "home").exists()


def test_doctor_says_so_too(nowhere: CommandLine) -> None:
    outcome = nowhere("doctor")
    assert outcome.code == 2
    assert "DATABASE_URL is not set" in outcome.out and "--embedded" in outcome.out


def test_library_names_both_ways(nowhere: CommandLine) -> None:
    with pytest.raises(ServerUnreachable, match="DATABASE_URL is not set") as raised:
        onethread.connect()
    assert "--embedded" in raised.value.hint and "connect(embedded=True)" in raised.value.hint


@pytest.mark.parametrize("arguments", LOOKS_AROUND, ids=" ".join)
def test_nothing_is_made_when_there_is_nothing_to_look_at(
    nowhere: CommandLine, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    outcome = nowhere(*arguments)
    assert outcome.code == 1
    assert "there is no embedded server's database yet" in outcome.err
    assert "onethread demo" in outcome.err and "DATABASE_URL" in outcome.err
    assert not (tmp_path / "home").exists()
