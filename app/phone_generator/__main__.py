"""`python -m phone_generator [--check]`: write the generated SQL, or say what is stale."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from phone_generator.characters import UNICODE_VERSION
from phone_generator.files import FOLDER, outdated_files, write_files
from phone_generator.metadata import PHONENUMBERS_VERSION, UnexpectedMetadataError


def main(arguments: list[str] | None = None) -> int:
    """Returns the exit code: with --check 1 when a file differs, is missing or left over.

    2 when the installed phonenumbers is not one that the generator knows.
    """
    parser = argparse.ArgumentParser(prog="python -m phone_generator", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, exit 1 if out of date")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="default: db/functions/phone")
    options = parser.parse_args(arguments)
    try:
        return _run(options)
    except UnexpectedMetadataError as error:
        print(error, file=sys.stderr)
        return 2


def _run(options: argparse.Namespace) -> int:
    if not options.check:
        for path in write_files(options.folder):
            print(f"{'wrote' if path.exists() else 'removed'} {path}")
        return 0
    outdated = outdated_files(options.folder)
    for path in outdated:
        print(f"out of date: {path}", file=sys.stderr)
    if outdated:
        print(f"compared with phonenumbers {PHONENUMBERS_VERSION}, Unicode {UNICODE_VERSION}")
    return 1 if outdated else 0


if __name__ == "__main__":
    sys.exit(main())
