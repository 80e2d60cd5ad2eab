"""The variables that the commands read are those that docs/operations.md lists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from onethread.errors import OnethreadError
from onethread.web import Settings

ROOT = Path(__file__).resolve().parents[2]
READERS = ("database/config.py", "web/settings.py", "web/keys.py", "sending/configured.py")


def test_every_variable_is_listed() -> None:
    read = set()
    for name in READERS:
        text = (ROOT / "app" / "onethread" / name).read_text("utf-8")
        found = re.findall(r'"(?:ONETHREAD_)?([A-Z_]*[A-Z])"', text)
        read |= {f"ONETHREAD_{each}" for each in found}
    folders = (ROOT / "app" / "onethread" / "embedded" / "folders.py").read_text("utf-8")
    read |= set(re.findall(r'"(ONETHREAD_[A-Z]+)"', folders))
    read = read - {"ONETHREAD_DATABASE_URL"} | {"DATABASE_URL"}
    section = (ROOT / "docs" / "operations.md").read_text("utf-8").split("## Environment")[1]
    table = section.split("## The embedded server")[0]
    listed = set(re.findall(r"`(ONETHREAD_[A-Z_]+|DATABASE_URL)`", table))
    assert listed - {"ONETHREAD_MAX_BODY_MB_EVOLUTION"} == read
    assert len(read) > 15


@pytest.mark.parametrize("name", ["WEBHOOK_SECRET", "API_TOKEN", "METRICS_TOKEN", "AUTH_TOKEN"])
def test_placeholder_is_no_secret(name: str) -> None:
    secrets = {"ONETHREAD_WEBHOOK_SECRET": "w" * 32, "ONETHREAD_API_TOKEN": "a" * 32}
    assert Settings.from_environment(environment=secrets)
    with pytest.raises(OnethreadError, match="is a placeholder") as raised:
        Settings.from_environment(environment=secrets | {f"ONETHREAD_{name}": "…"})
    assert "openssl rand" in raised.value.hint
