"""Settings: one class reads them, from the environment, .env and a folder of files."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import onethread
from onethread.environment import Environment
from onethread.errors import OnethreadError
from onethread.web import Settings

PACKAGE = Path(onethread.__file__).parent
# What is no setting of ours: where libpq finds a server, a desktop, its folders and programs. The
# demo's provider tells the demo's server where it is.
OTHERS = {
    "cli/database.py",
    "cli/demo.py",
    "embedded/folders.py",
    "embedded/programs.py",
    "web/metrics.py",
    "cli/server.py",
    "demo/provider.py",
}


def test_one_class_reads_the_environment() -> None:
    readers = set()
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Attribute) and node.attr in ("environ", "getenv"):
                readers.add(path.relative_to(PACKAGE).as_posix())
    assert readers == OTHERS | {"environment.py"}
    for name in OTHERS - {"demo/provider.py"}:
        assert "ONETHREAD_" not in "".join(
            line for line in (PACKAGE / name).read_text("utf-8").splitlines() if "environ" in line
        )


def test_every_setting_says_what_it_means() -> None:
    assert [n for n, each in Environment.model_fields.items() if not each.description] == []


def test_environment_wins_over_file_and_file_over_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "secrets").mkdir()
    for name in ("API_TOKEN", "METRICS_TOKEN", "AUTH_TOKEN", "BUSINESS_7_META_APP_SECRET"):
        (tmp_path / "secrets" / f"ONETHREAD_{name}").write_text("from a folder\n")
    (tmp_path / ".env").write_text(
        "ONETHREAD_SECRETS_DIR=secrets\nONETHREAD_API_TOKEN=from a file\n"
        "ONETHREAD_METRICS_TOKEN='from a file'\nDATABASE_URL=postgresql://file\n"
        "ONETHREAD_MAX_BODY_MB_WAHA=7\n"
    )
    monkeypatch.setenv("ONETHREAD_API_TOKEN", "from outside")
    monkeypatch.setenv("ONETHREAD_AUTH_TOKEN", " ")
    monkeypatch.delenv("DATABASE_URL", raising=False)
    read = Environment.read()
    assert (read.api_token, read.metrics_token, read.auth_token) == (
        "from outside",
        "from a file",
        "from a folder",
    )
    assert (read.database_url, read.body_mb) == ("postgresql://file", {"waha": 7})
    assert read.businesses[7].meta_app_secret == ("from", "a", "folder")


def test_environment_is_enough_when_the_working_directory_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    monkeypatch.setenv("ONETHREAD_API_TOKEN", "from outside")
    assert Environment.read().api_token == "from outside"


def test_file_that_is_no_utf_8_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_bytes(b"ONETHREAD_API_TOKEN=\xff\n")
    monkeypatch.setenv("ONETHREAD_AUTH_TOKEN", str(tmp_path))
    with pytest.raises(OnethreadError, match=r"cannot read \.env: "):
        Environment.read()


def test_error_names_the_variable_and_not_its_value() -> None:
    with pytest.raises(OnethreadError, match="ONETHREAD_MAX_BODY_MB_WAHA: ") as raised:
        Environment.read({"ONETHREAD_MAX_BODY_MB_WAHA": "s3cret"})
    assert "s3cret" not in str(raised.value)


@pytest.mark.parametrize("name", ["WEBHOOK_SECRET", "API_TOKEN", "METRICS_TOKEN", "AUTH_TOKEN"])
def test_placeholder_is_no_secret(name: str) -> None:
    secrets = {"ONETHREAD_WEBHOOK_SECRET": "w" * 32, "ONETHREAD_API_TOKEN": "a" * 32}
    assert Settings.from_environment(environment=secrets)
    with pytest.raises(OnethreadError, match="is a placeholder") as raised:
        Settings.from_environment(environment=secrets | {f"ONETHREAD_{name}": "…"})
    assert "openssl rand" in raised.value.hint
