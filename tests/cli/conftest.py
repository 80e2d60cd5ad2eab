"""Fixtures: the command line against a database of the test's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.commands import OWN_NUMBER, CommandLine


@pytest.fixture
def onethread(
    database: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> CommandLine:
    """The command line on a migrated database without a business."""
    return CommandLine(database, tmp_path, monkeypatch, capsys)


@pytest.fixture
def clinic(onethread: CommandLine) -> CommandLine:
    """The command line on a database with business 1, an Israeli one with a number."""
    added = onethread("business", "add", "Clinic", "--region", "IL", "--number", OWN_NUMBER)
    assert added.code == 0, added.err
    return onethread
