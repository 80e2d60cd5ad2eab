"""`python -m app.phone_metadata [--check]`: write the generated SQL, or say what is out of date."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from app.phone_metadata.characters import UNICODE_VERSION
from app.phone_metadata.metadata import PHONENUMBERS_VERSION
from app.phone_metadata.render import HEADER, generated_files

FUNCTIONS = Path(__file__).resolve().parents[2] / "db" / "functions"
MARK = HEADER.split(" ")[1]


def main(arguments: list[str] | None = None) -> int:
    """Returns the exit code: with --check 1 when a file differs, is missing or left over."""
    parser = argparse.ArgumentParser(prog="python -m app.phone_metadata", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, exit 1 if out of date")
    parser.add_argument("--folder", type=Path, default=FUNCTIONS, help="default: db/functions")
    options = parser.parse_args(arguments)
    folder: Path = options.folder

    wanted = generated_files()
    present = {
        path.name: path.read_text()
        for path in folder.glob("phone_*.sql")
        if path.name in wanted or path.read_text().startswith(f"-- {MARK} from phonenumbers")
    }
    outdated = sorted(
        name for name in wanted.keys() | present.keys() if wanted.get(name) != present.get(name)
    )
    if options.check:
        for name in outdated:
            print(f"out of date: {folder / name}", file=sys.stderr)
        if outdated:
            print(f"compared with phonenumbers {PHONENUMBERS_VERSION}, Unicode {UNICODE_VERSION}")
        return 1 if outdated else 0
    for name in outdated:
        if name in wanted:
            (folder / name).write_text(wanted[name])
            print(f"wrote {folder / name}")
        else:
            (folder / name).unlink()
            print(f"removed {folder / name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
