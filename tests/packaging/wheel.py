"""The wheel, and an environment in which it is installed as a user would have it."""

from __future__ import annotations

import os
import site
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def build_wheel(folder: Path) -> Path:
    """Builds the wheel of this checkout, without the network."""
    _run(sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", folder)
    [wheel] = folder.glob("*.whl")
    return wheel


@dataclass(frozen=True)
class Installation:
    """An environment of its own, and a folder to work in that has its own package app."""

    environment: Path
    folder: Path
    variables: dict[str, str]

    @property
    def package(self) -> Path:
        """Where onethread is installed."""
        return next(self.environment.glob("lib/python*/site-packages")) / "onethread"

    def start(self, *command: str, **variables: str) -> subprocess.Popen[str]:
        """Starts a program of the environment in the folder."""
        return subprocess.Popen(
            [str(self.environment / "bin" / command[0]), *command[1:]],
            cwd=self.folder,
            env=self.variables | variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *command: str, **variables: str) -> str:
        """Runs a program of the environment in the folder; returns what it printed."""
        process = self.start(*command, **variables)
        printed, errors = process.communicate(timeout=120)
        assert process.returncode == 0, errors
        return printed


def install_wheel(wheel: Path, folder: Path) -> Installation:
    """Installs the wheel alone; what it depends on is found where this Python has it."""
    environment = folder / "environment"
    _run(sys.executable, "-m", "venv", "--without-pip", environment)
    _run(
        *(sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"),
        *("--python", environment / "bin" / "python"),
        *("install", "--no-deps", "--no-index", wheel),
    )
    [packages] = environment.glob("lib/python*/site-packages")
    # A line of such a file adds a folder, but not what that folder's own .pth files would add: this
    # checkout, which is installed there, is not found.
    (packages / "dependencies.pth").write_text("\n".join(site.getsitepackages()))

    work = folder / "crm"
    (work / "app").mkdir(parents=True)
    (work / "app" / "__init__.py").write_text("raise ImportError('the CRM has its own package')\n")
    (work / "app.py").write_text("raise ImportError('the CRM has its own module')\n")
    variables = {
        name: value
        for name, value in os.environ.items()
        if name not in ("DATABASE_URL", "PYTHONPATH", "VIRTUAL_ENV")
    }
    return Installation(environment, work, variables | {"PYTHONPATH": str(work)})


def _run(*command: str | Path) -> None:
    subprocess.run(list(map(str, command)), cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
