"""The commands about a person's data and how long it is kept: erase, export, retention."""

from __future__ import annotations

import argparse
import os
import stat
import sys
from typing import TYPE_CHECKING, Any, TextIO

from onethread.cli import database
from onethread.cli import options as shared
from onethread.cli.commands import Commands
from onethread.errors import OnethreadError

if TYPE_CHECKING:
    import psycopg

    from onethread.people.retention import Rows


def add_commands(commands: Commands) -> None:
    """Adds the commands."""
    command = commands.add("erase", "forget a person, for good", _erase)
    _add_person_options(command)
    command.add_argument("--yes", action="store_true", help="do not ask")
    shared.add_json(command, "print the report as JSON")

    command = commands.add("export", "print all that is kept about a person, as JSON", _export)
    _add_person_options(command)
    command.add_argument("--output", metavar="FILE", help="default: standard output")

    command = commands.add(
        "retention", "say how long messages are kept, or `set` it, or `run` it", _retention
    )
    command.set_defaults(business=None, json=False)
    shared.add_before_or_after_action(command)
    actions = command.add_subparsers(metavar="ACTION")
    action = actions.add_parser("set", help="set both limits; one that is not given: for ever")
    shared.add_before_or_after_action(action)
    database.add_embedded(action)
    action.add_argument("--messages", type=_days, metavar="DAYS")
    action.add_argument("--rejects", type=_days, metavar="DAYS")
    action.set_defaults(run=_retention_set)
    action = actions.add_parser("run", help="delete what is older, finish erasures (for cron)")
    shared.add_before_or_after_action(action)
    database.add_embedded(action)
    action.set_defaults(run=_retention_run)


def _add_person_options(command: argparse.ArgumentParser) -> None:
    shared.add_required_business(command)
    command.add_argument("--person", required=True, metavar="ADDRESS", help=shared.ADDRESS)


def _days(text: str) -> int:
    if not (text.isdecimal() and 0 < int(text) <= 36_500):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of days, 1 to 36500")
    return int(text)


def _erase(options: argparse.Namespace) -> int:
    from rich.console import Console

    from onethread.cli.render.as_json import json_rows
    from onethread.people import erasure
    from onethread.people.leftovers import clear_leftovers

    with database.connect(options) as connection:
        shared.say_address(connection, options.business, options.person)
        if not options.yes and not _is_confirmed(options, connection):
            print("Nothing was erased.", file=sys.stderr)
            return 1
        with Console(stderr=True).status("Erasing") as status:
            report = erasure.erase(
                connection,
                options.business,
                options.person,
                lambda step: status.update(f"Erasing: {step}"),
            )
            status.update("Erasing: text indexes")
            indexes = clear_leftovers(connection)
    if options.json:
        print(json_rows([{**report, "text_indexes": indexes}]))
    else:
        print(f"Erased. Erasure {report['erasure_id']}: {_counts(report)}.")
        _print_indexes(indexes)
    return 0


def _print_indexes(indexes: dict[str, str | None]) -> None:
    for index, reason in indexes.items():
        if reason is None:
            print(f"{index} was built anew: no word of theirs is left in it.")
        else:
            print(
                f"{index} was not built anew ({reason}): their words stay in it until the owner "
                f"runs `reindex index concurrently {index}`."
            )


def _is_confirmed(options: argparse.Namespace, connection: psycopg.Connection[Any]) -> bool:
    from onethread.database.text import count_of
    from onethread.people import erasure

    if not _is_terminal():
        raise OnethreadError("there is nobody to ask", "Confirm with --yes.")
    found = erasure.preview(connection, options.business, options.person)
    print(
        f"{', '.join(found['addresses']) or 'Nobody known'}: "
        f"{count_of(found['messages'], 'message')}, {count_of(found['leads'], 'lead')}, and their "
        "part in groups and payloads.\n"
        "This cannot be undone. Erase? [y/N] ",
        end="",
        file=sys.stderr,
        flush=True,
    )
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def _is_terminal() -> bool:
    return sys.stdin.isatty()


def _counts(report: dict[str, Any]) -> str:
    return ", ".join(
        f"{count} {name.removesuffix('s') if count == 1 else name}"
        for name, count in report.items()
        if isinstance(count, int) and not name.endswith("_id")
    )


def _export(options: argparse.Namespace) -> int:
    from onethread.people import erasure

    with database.connect(options) as connection:
        shared.say_address(connection, options.business, options.person)
        if options.output is None:
            count = erasure.export(connection, options.business, options.person, sys.stdout)
        else:
            with _private_file(options.output) as file:
                count = erasure.export(connection, options.business, options.person, file)
    if not count:
        print("onethread: nothing is kept about this person", file=sys.stderr)
    return 0 if count else 1


def _private_file(path: str) -> TextIO:
    """A file for nobody else's eyes, also where there was one already."""
    try:
        number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    except OSError as error:
        raise OnethreadError(f"cannot write {path}: {error.strerror}") from error
    file = os.fdopen(number, "w", encoding="utf-8")
    if stat.S_ISREG(os.fstat(number).st_mode):
        os.fchmod(number, 0o600)
    return file


def _retention(options: argparse.Namespace) -> int:
    from rich.console import Console

    from onethread.cli.render.as_json import json_rows
    from onethread.cli.render.rows import print_rows

    with database.connect(options) as connection:
        rows = _list_retention(connection, options.business)
    if options.json:
        print(json_rows(rows))
    else:
        print_rows(Console(), rows)
    return 0


def _list_retention(connection: psycopg.Connection[Any], business_id: int | None) -> Rows:
    from onethread.database.business import check_business
    from onethread.people import retention

    if business_id is not None:
        check_business(connection, business_id)
    rows = retention.list_retention(connection, business_id)
    if not rows:
        raise OnethreadError(
            "there is no business that this role sees", "Say which: --business ID."
        )
    return rows


def _retention_set(options: argparse.Namespace) -> int:
    from onethread.people import retention

    with database.connect(options) as connection:
        business_id = shared.business_id(options, connection)
        retention.set_retention(connection, business_id, options.messages, options.rejects)
    return _retention(options)


def _retention_run(options: argparse.Namespace) -> int:
    from onethread.cli.render.as_json import json_rows
    from onethread.people import erasure, retention
    from onethread.people.leftovers import clear_leftovers

    rows = []
    indexes = {}
    with database.connect(options) as connection:
        unfinished = erasure.unfinished(connection, options.business)
        for business_id, erasure_id in unfinished:
            erasure.finish(connection, business_id, erasure_id)
        if unfinished:
            indexes = clear_leftovers(connection)
        for row in _list_retention(connection, options.business):
            counts = retention.apply_retention(connection, row["business_id"])
            rows.append({"business_id": row["business_id"], **counts})
    if options.json:
        print(json_rows(rows))
    else:
        for row in rows:
            print(f"Business {row['business_id']}: deleted {_counts(row)}.")
        _print_indexes(indexes)
    return 0
