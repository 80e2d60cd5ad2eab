"""The command phone-metadata: stored numbers that other phone functions read differently."""

from __future__ import annotations

import argparse
import dataclasses
from collections.abc import Iterator
from typing import Any

from onethread import phones
from onethread.cli import render
from onethread.database.connection import open_connection, resolve_url
from onethread.errors import OnethreadError

Row = dict[str, Any]


def add_phone_command(commands: Any) -> None:
    """Adds the command to the subparsers of onethread."""
    command: argparse.ArgumentParser = commands.add_parser(
        "phone-metadata", help="what stored numbers become with this version's phone functions"
    )
    command.add_argument(
        "--apply", action="store_true", help="load the functions and re-key what is stored"
    )
    command.add_argument(
        "--join", action="store_true", help="with --apply: also what meets another thread"
    )
    command.add_argument("--json", action="store_true", help="print JSON")
    command.set_defaults(run=_phone_metadata)


def _phone_metadata(options: argparse.Namespace) -> int:
    if options.join and not options.apply:
        raise OnethreadError("--join says how to apply", "Give it together with --apply.")
    # Not connect(): it refuses a database with other functions, the very case to look into.
    with open_connection(resolve_url()) as connection:
        versions = phones.versions(connection)
        with phones.new_functions(connection, options.apply) as rows:
            if options.json:
                meeting = _print_json(dataclasses.asdict(versions), rows)
            else:
                print(versions.summary)
                meeting = _print_text(rows)
            if options.apply and meeting and not options.join:
                raise OnethreadError(
                    f"{meeting} stored number(s) would meet another thread: nothing is applied",
                    "With --join the identity rule decides about them. Threads that become one "
                    "because two numbers are one phone cannot be parted again.",
                )
    if not options.json:
        print("Applied." if options.apply else "Nothing is changed; --apply does it.")
    return 0


def _print_text(rows: Iterator[Row]) -> int:
    count = meeting = 0
    for row in rows:
        count += 1
        meeting += row["other_conversation_id"] is not None
        print(render.stale_phone_line(row))
    print(f"{count} stored number(s) read differently, {meeting} would meet another thread.")
    return meeting


def _print_json(head: dict[str, Any], rows: Iterator[Row]) -> int:
    """One object; the numbers are written one by one, however many there are."""
    meeting = 0
    print(f'{render.json_line(head)[:-1]}, "numbers": [', end="")
    for position, row in enumerate(rows):
        meeting += row["other_conversation_id"] is not None
        print(f"{',' if position else ''}\n{render.json_line(row)}", end="")
    print("]}")
    return meeting
