"""The guides do what they say; those that fetch packages or start servers: `make guides`."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytest_postgresql.executors import NoopExecutor

from tests.guides import Section, environment_of, read_sections
from tests.guides.stage import staged

SECTIONS = [section for section in read_sections() if section.is_quick]


@pytest.mark.parametrize("section", SECTIONS, ids=str)
def test_guide_does_what_it_says(
    section: Section, postgresql_noproc: NoopExecutor, tmp_path: Path
) -> None:
    with staged(postgresql_noproc) as uri:
        section.run(tmp_path, environment_of(uri, HOME=str(tmp_path)))
