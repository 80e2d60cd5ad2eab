"""The command phone-metadata: stored numbers that other phone functions read differently."""

from __future__ import annotations

import argparse
import dataclasses
from collections.abc import Iterator
from typing import Any

from onethread.cli import database
from onethread.cli import options as shared
from onethread.cli.commands import Commands
from onethread.errors import OnethreadError

Row = dict[str, Any]


def add_commands(commands: Commands) -> None:
    """Adds the command."""
    command = commands.add(
        "phone-metadata",
        "list stored numbers that this version reads differently",
        _phone_metadata,
    )
    command.add_argument(
        "--apply", action="store_true", help="load the functions and re-key what is stored"
    )
    command.add_argument(
        "--join", action="store_true", help="with --apply: also what meets another thread"
    )
    shared.add_json(command)


def _phone_metadata(options: argparse.Namespace) -> int:
    if options.join and not options.apply:
        raise OnethreadError("--join says how to apply", "Give it together with --apply.")
    from onethread import phones
    from onethread.database.connection import open_connection
    from onethread.database.text import count_of

    # Not connect(): it refuses a database with other functions, the very case to look into.
    with open_connection(database.find_url(options)) as connection:
        versions = phones.versions(connection)
        with phones.new_functions(connection, options.apply) as rows:
            if options.json:
                meeting = _print_json(dataclasses.asdict(versions), rows)
            else:
                print(versions.summary)
                meeting = _print_text(rows)
            if options.apply and meeting and not options.join:
                raise OnethreadError(
                    f"{count_of(meeting, 'stored number')} would meet another thread: nothing is "
                    "applied",
                    "With --join the identity rule decides about them. Threads that become one "
                    "because two numbers are one phone cannot be parted again.",
                )
    if not options.json:
        print("Applied." if options.apply else "Nothing is changed; --apply does it.")
    return 0


def _print_text(rows: Iterator[Row]) -> int:
    from onethread.cli.render.summaries import stale_phone_line
    from onethread.database.text import count_of

    count = meeting = 0
    for row in rows:
        count += 1
        meeting += row["other_conversation_id"] is not None
        print(stale_phone_line(row))
    print(
        f"{count_of(count, 'stored number')} read differently, {meeting} would meet another thread."
    )
    return meeting


def _print_json(head: dict[str, Any], rows: Iterator[Row]) -> int:
    """One object; the numbers are written one by one, however many there are."""
    from onethread.cli.render.as_json import json_line

    meeting = 0
    print(f'{json_line(head)[:-1]}, "numbers": [', end="")
    for position, row in enumerate(rows):
        meeting += row["other_conversation_id"] is not None
        print(f"{',' if position else ''}\n{json_line(row)}", end="")
    print("]}")
    return meeting
