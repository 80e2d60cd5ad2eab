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
        "--join",
        nargs="*",
        type=int,
        metavar="THREAD",
        help="with --apply: also what meets another thread; given threads, only these",
    )
    shared.add_json(command)


@dataclasses.dataclass
class _Listed:
    """What was printed about the stored numbers."""

    count: int = 0
    meeting: list[tuple[int, int, int]] = dataclasses.field(default_factory=list)
    """Business and both threads of each number that would meet another one."""

    def add(self, row: Row) -> None:
        """Counts one number."""
        self.count += 1
        if row["other_conversation_id"] is not None:
            self.meeting.append(
                (row["business_id"], row["conversation_id"], row["other_conversation_id"])
            )

    def left(self, named: list[int]) -> int:
        """How many stay as they are, when only the threads that are named may meet.

        Raises OnethreadError for a thread that meets nobody, or that two businesses have.
        """
        for thread in named:
            businesses = {business for business, *both in self.meeting if thread in both}
            if not businesses:
                raise OnethreadError(f"thread {thread} would not meet another one")
            if len(businesses) > 1:
                raise OnethreadError(
                    f"thread {thread} is one of the businesses "
                    f"{' and '.join(map(str, sorted(businesses)))}",
                    "Threads of one id cannot be told apart here: give --join without threads.",
                )
        return sum(not {*both} <= {*named} for _, *both in self.meeting)


def _phone_metadata(options: argparse.Namespace) -> int:
    if options.join is not None and not options.apply:
        raise OnethreadError("--join says how to apply", "Give it together with --apply.")
    from onethread import phones
    from onethread.database.connection import open_connection
    from onethread.database.text import count_of

    left = 0
    # Not connect(): it refuses a database with other functions, the very case to look into.
    with open_connection(database.find_url(options)) as connection:
        versions = phones.versions(connection)
        with phones.new_functions(connection, options.apply) as reading:
            readable = len(reading.readable_messages())
            if options.json:
                listed = _print_json(dataclasses.asdict(versions), reading.numbers(), readable)
            else:
                print(versions.summary)
                listed = _print_text(reading.numbers(), readable)
            if options.apply and listed.meeting and options.join is None:
                raise OnethreadError(
                    f"{count_of(len(listed.meeting), 'stored number')} would meet another thread: "
                    "nothing is applied",
                    "With --join the identity rule decides about them, with --join and threads "
                    "about these alone. Threads that become one because two numbers are one phone "
                    "cannot be parted again.",
                )
            if options.join:
                left = listed.left(options.join)
                reading.conversation_ids = options.join
    if not options.json:
        print(_outcome(options.apply, left))
    return 0


def _outcome(is_applied: bool, left: int) -> str:
    from onethread.database.text import count_of

    if not is_applied:
        return "Nothing is changed; --apply does it."
    if left:
        return (
            f"Applied, but for {count_of(left, 'stored number')} whose threads are not both named: "
            "they stay where they are, and are listed again next time."
        )
    return "Applied."


def _print_text(rows: Iterator[Row], readable: int) -> _Listed:
    from onethread.cli.render.summaries import stale_phone_line
    from onethread.database.text import count_of

    listed = _Listed()
    for row in rows:
        listed.add(row)
        print(stale_phone_line(row))
    print(
        f"{count_of(listed.count, 'stored number')} read differently, {len(listed.meeting)} would "
        "meet another thread."
    )
    if readable:
        print(f"{count_of(readable, 'message')} in no thread could not be read and can be now.")
    return listed


def _print_json(head: dict[str, Any], rows: Iterator[Row], readable: int) -> _Listed:
    """One object; the numbers are written one by one, however many there are."""
    from onethread.cli.render.as_json import json_line

    listed = _Listed()
    print(f'{json_line(head | {"readable": readable})[:-1]}, "numbers": [', end="")
    for position, row in enumerate(rows):
        listed.add(row)
        print(f"{',' if position else ''}\n{json_line(row)}", end="")
    print("]}")
    return listed
