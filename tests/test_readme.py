"""The README's example is real: its statements, its output."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import psycopg
import pytest

from onethread.demo import load_demo
from tests.server import client

README = Path(__file__).resolve().parents[1] / "README.md"


@pytest.mark.parametrize("is_demos", [False, True], ids=["empty", "demo"])
def test_example_prints_what_the_readme_shows(database: str, is_demos: bool) -> None:
    if is_demos:
        load_demo(database)
    text = README.read_text("utf-8")
    match = re.search(
        r"<!-- example.*?```sql\n(.*?)```\n<!--[^\n]*-->\n```\n(.*?)```", text, flags=re.DOTALL
    )
    assert match, "the example is gone from README.md"
    statements, expected = match.groups()

    printed = subprocess.run(
        [client("psql", database), "--no-psqlrc", "--quiet", database],
        input=statements,
        capture_output=True,
        text=True,
        check=True,
    ).stdout

    assert _lines(printed) == _lines(expected)
    with psycopg.connect(database) as connection:
        [(count,)] = connection.execute("select count(*) from business").fetchall()
    assert count == is_demos  # so that commands need not be told which


def _lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.splitlines() if line.strip()]
