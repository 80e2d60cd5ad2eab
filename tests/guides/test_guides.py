"""The guides do what they say; those that fetch packages or start servers: `make guides`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_postgresql.executors import NoopExecutor

from tests.guides import DOCUMENTS, GUIDES, Section, environment_of, read_sections
from tests.guides.stage import staged, told

SECTIONS = [section for section in read_sections(GUIDES) if section.is_quick]
_MARK = re.compile(r"<!-- (run|file: \S+|prints|(not run|example): .+) -->")


@pytest.mark.parametrize("section", SECTIONS, ids=str)
def test_guide_does_what_it_says(
    section: Section, postgresql_noproc: NoopExecutor, tmp_path: Path
) -> None:
    with staged(postgresql_noproc) as uri:
        section.run(tmp_path, environment_of(uri, HOME=str(tmp_path)))


@pytest.fixture(scope="module")
def environment(postgresql_noproc: NoopExecutor) -> Iterator[dict[str, str]]:
    """Of the other documents: a database with something in it, and a server."""
    with told(postgresql_noproc) as environment:
        yield environment


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.stem)
def test_code_of_a_document_runs(path: Path, environment: dict[str, str], tmp_path: Path) -> None:
    for section in read_sections([path]):
        if section.is_quick:
            section.run(tmp_path, environment | {"HOME": str(tmp_path)})


def test_code_that_is_not_run_says_why() -> None:
    assert [
        (path.name, block)
        for path in (*GUIDES, *DOCUMENTS)
        for block in unmarked(path.read_text("utf-8"))
    ] == []


def unmarked(text: str) -> list[str]:
    """The first lines of blocks before which no comment says what is to become of them."""
    lines = text.splitlines()
    fences = [number for number, line in enumerate(lines) if line.startswith("```")]
    return [
        lines[start + 1] for start in fences[::2] if not _MARK.fullmatch(lines[max(start - 1, 0)])
    ]
