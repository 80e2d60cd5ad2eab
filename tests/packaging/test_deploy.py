"""What deploy/ starts is there: commands, files, variables."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from onethread.cli import main
from onethread.environment import Environment, variable_name

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
GUIDE = (ROOT / "docs/guides/deploy.md").read_text("utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))
OURS = {name: each for name, each in COMPOSE["services"].items() if each["image"] == "onethread"}


def dockerfile() -> list[list[str]]:
    """Its instructions, each by words."""
    text = (DEPLOY / "Dockerfile").read_text("utf-8").replace("\\\n", " ")
    return [line.split() for line in text.splitlines() if line and not line.startswith("#")]


@pytest.mark.parametrize("name", OURS)
def test_command_of_a_service_is_one(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([*OURS[name]["command"], "--help"])
    assert ended.value.code == 0, capsys.readouterr().err


def test_images_have_a_version_and_ours_no_root() -> None:
    images = {each["image"] for each in COMPOSE["services"].values()} - {"onethread"}
    images |= {words[1] for words in dockerfile() if words[0] == "FROM"}
    assert images
    assert all(re.search(r":\d", image) for image in images)
    assert [words[1] for words in dockerfile() if words[0] == "USER"] == ["onethread"]


def test_every_file_that_is_copied_gets_through_dockerignore() -> None:
    kept = {
        line[1:]
        for line in (ROOT / ".dockerignore").read_text().splitlines()
        if line.startswith("!")
    }
    assert all((ROOT / name).exists() for name in kept)
    copied = [words[1] for words in dockerfile() if words[0] == "COPY" and "--from" not in words[1]]
    assert set(copied) <= kept | {"."}
    # What the package is built of.
    assert {"LICENSE", "README.md", "app", "db", "pyproject.toml"} <= kept


def test_secrets_are_made_by_the_guide_and_the_program_reads_them() -> None:
    read = {variable_name(field) for field in Environment.model_fields}
    for name, secret in COMPOSE["secrets"].items():
        assert secret["file"] == f"secrets/{name}"
        assert name in GUIDE
        assert name in read
    needed = set(re.findall(r"\$\{(\w+)", (DEPLOY / "compose.yaml").read_text()))
    assert needed == {"POSTGRES_PASSWORD"}
    assert "POSTGRES_PASSWORD=" in GUIDE


def test_proxy_takes_what_serve_takes() -> None:
    text = (DEPLOY / "nginx.conf").read_text("utf-8")
    assert "proxy_request_buffering on;" in text
    [size] = re.findall(r"client_max_body_size (\d+)m;", text)
    assert int(size) >= 5
    ports = set(re.findall(r"proxy_pass http://serve:(\d+);", text))
    assert ports == {OURS["serve"]["command"][-1]}
