"""Runs commands in this process."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from onethread.cli.main import main

FIXTURES = Path(__file__).parent.parent / "fixtures"
CLOUD = FIXTURES / "cloud_api.json"
BAILEYS = FIXTURES / "baileys.jsonl"
OWN_NUMBER = "+972 3-700-0100"


@dataclass(frozen=True)
class Outcome:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The rows that --json printed."""
        rows: list[dict[str, Any]] = json.loads(self.out)
        return rows


class CommandLine:
    """The command onethread against one database, in a folder of its own."""

    def __init__(
        self,
        url: str,
        folder: Path,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        self.url = url
        self._folder = folder
        self._monkeypatch = monkeypatch
        self._capsys = capsys
        monkeypatch.chdir(folder)
        monkeypatch.setenv("DATABASE_URL", url)
        monkeypatch.setenv("COLUMNS", "200")

    def __call__(self, *arguments: str | Path, stdin: bytes = b"") -> Outcome:
        """Runs one command."""
        # Each is a process: it knows nothing of a database yet.
        self._monkeypatch.setattr("onethread.database.connection._fitting", set())
        self._monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        self._capsys.readouterr()
        code = main([str(argument) for argument in arguments])
        captured = self._capsys.readouterr()
        return Outcome(code, captured.out, captured.err)

    def ingest(self, provider: str, *files: str | Path, stdin: bytes = b"") -> Outcome:
        """Ingests into business 1."""
        return self(
            *("ingest", "--business", "1", "--provider", provider),
            *files,
            stdin=stdin,
        )

    def file(self, content: bytes | str, name: str = "payloads.jsonl") -> Path:
        """A file with this content."""
        path = self._folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def thread(self, address: str) -> list[dict[str, Any]]:
        """The thread of an address, oldest first."""
        outcome = self("thread", address, "--business", "1", "--json")
        assert outcome.code == 0, outcome.err
        return outcome.rows[::-1]

    def bodies(self, address: str) -> list[str]:
        """The texts of a thread, oldest first."""
        return [row["body"] for row in self.thread(address)]

    def rejected(self) -> list[dict[str, Any]]:
        """The rejects that are listed."""
        outcome = self("rejects", "--json")
        assert outcome.code == 0, outcome.err
        return [json.loads(line) for line in outcome.out.splitlines()]
