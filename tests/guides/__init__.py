"""The code in the documents, run as it stands, by sections (##).

Before a block, `<!-- run -->` says that it is run: a script, Python, or SQL, which is rolled back.
`<!-- file: NAME -->` says that it is a file; `<!-- prints -->` is what the last one that ran has
printed, `…` standing for anything. `<!-- not run: WHY -->`: it cannot be run here.

Each section of a guide has a folder and a database of its own.
"""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
GUIDES = sorted((ROOT / "docs/guides").glob("*.md"))
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
_BLOCK = re.compile(
    r"<!-- (run|file: \S+|prints) -->\n```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE
)
_PSQL = """
printf 'begin;%s\\nrollback;' "$(< "$1")" | psql -qX -v ON_ERROR_STOP=1 "$DATABASE_URL"
"""
_SCRIPT = ["bash", "-euo", "pipefail"]
_RUNS = {"sql": [*_SCRIPT, "-c", _PSQL, "psql"], "python": [sys.executable]}


class GuideError(Exception):
    """A block of a guide does not do what the guide says."""


@dataclass
class Section:
    """What stands under one heading."""

    guide: str
    title: str
    blocks: list[tuple[str, str, str]] = field(default_factory=list)

    def __str__(self) -> str:
        return f"{self.guide}: {self.title}"

    @property
    def is_quick(self) -> bool:
        """Whether it fetches no packages and starts no server."""
        return not re.search(r"\b(install|onethread serve)\b", "".join(b[-1] for b in self.blocks))

    def run(self, folder: Path, environment: Mapping[str, str]) -> str:
        """What the scripts printed.

        Raises:
            GuideError: a script failed, or printed something else.
        """
        printed = [""]
        for what, language, text in self.blocks:
            if what == "run":
                printed.append(_run(language, text, folder, environment, self))
            elif what == "prints":
                _compare(text, printed[-1], self)
            else:
                path = folder / what.removeprefix("file: ")
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
        return "".join(printed)


def read_sections(paths: Iterable[Path]) -> Iterator[Section]:
    """Those of these documents with something to run."""
    for path in paths:
        for part in re.split(r"^## ", path.read_text("utf-8"), flags=re.MULTILINE):
            section = Section(path.stem, part.partition("\n")[0].strip("# "), _BLOCK.findall(part))
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


def _run(
    language: str, text: str, folder: Path, environment: Mapping[str, str], section: Section
) -> str:
    # A document's server is where the test has it, and the commands are on the path.
    text = text.replace("127.0.0.1:8000", f"127.0.0.1:{environment['PORT']}")
    script = folder / "script"
    script.write_text(text.replace(".venv/bin/", ""), encoding="utf-8")
    done = subprocess.run(
        [*_RUNS.get(language, _SCRIPT), str(script)],
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
