"""The guides of docs/guides, run as they stand: each section (##) in a folder and a database of its
own. Before a block, `<!-- run -->` says that it is a script, `<!-- file: NAME -->` that it is a
file; `<!-- prints -->` is what the last script has printed, `…` standing for anything."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
GUIDES = ROOT / "docs/guides"
_BLOCK = re.compile(
    r"<!-- (run|file: \S+|prints) -->\n```\w*\n(.*?)^```$", re.DOTALL | re.MULTILINE
)


class GuideError(Exception):
    """A block of a guide does not do what the guide says."""


@dataclass
class Section:
    """What stands under one heading."""

    guide: str
    title: str
    blocks: list[tuple[str, str]] = field(default_factory=list)

    def __str__(self) -> str:
        return f"{self.guide}: {self.title}"

    @property
    def is_quick(self) -> bool:
        """Whether it fetches no packages and starts no server."""
        return not re.search("install|serve", "".join(text for _, text in self.blocks))

    def run(self, folder: Path, environment: Mapping[str, str]) -> str:
        """What the scripts printed.

        Raises:
        GuideError: a script failed, or printed something else.
        """
        printed = [""]
        for what, text in self.blocks:
            if what == "run":
                printed.append(_run(text, folder, environment, self))
            elif what == "prints":
                _compare(text, printed[-1], self)
            else:
                path = folder / what.removeprefix("file: ")
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
        return "".join(printed)


def read_sections() -> Iterator[Section]:
    """Those of all guides with something to run."""
    for path in sorted(GUIDES.glob("*.md")):
        for part in re.split(r"^## ", path.read_text("utf-8"), flags=re.MULTILINE)[1:]:
            section = Section(path.stem, part.partition("\n")[0], _BLOCK.findall(part))
            if section.blocks:
                yield section


def environment_of(uri: str, **more: str) -> dict[str, str]:
    """What a reader has after the first steps: the commands on the path, and DATABASE_URL."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    # Prisma's command fetches this program from a site of its own; what the guide does needs none.
    unused = {"PRISMA_SCHEMA_ENGINE_BINARY": "/bin/true"}
    return {**os.environ, **unused, "PATH": path, "DATABASE_URL": uri, "PORT": _port(), **more}


def _port() -> str:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return str(free.getsockname()[1])


def _run(text: str, folder: Path, environment: Mapping[str, str], section: Section) -> str:
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", text],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=600,
    )
    if done.returncode:
        raise GuideError(f"{section}\n{text}\nended with {done.returncode}:\n{done.stdout}")
    return done.stdout


def _compare(expected: str, printed: str, section: Section) -> None:
    pattern = re.escape(_plain(expected)).replace("…", ".*")
    if not re.fullmatch(pattern, _plain(printed), flags=re.DOTALL):
        raise GuideError(f"{section}\nshould print:\n{expected}\nprinted:\n{printed}")


def _plain(text: str) -> str:
    """Without blank lines, and with single blanks: tables are as wide as what is in them."""
    return "\n".join(" ".join(line.split()) for line in text.splitlines() if line.strip())
