"""The commands about a person's data and how long it is kept: erase, export, retention."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

import psycopg
from rich.console import Console

from onethread.cli import render
from onethread.database import business
from onethread.database.connection import connect
from onethread.errors import OnethreadError
from onethread.people import erasure, retention


def add_privacy_commands(commands: Any) -> None:
    """Adds the commands to the subparsers of onethread."""
    command = commands.add_parser("erase", help="forget a person, for good")
    _add_person_options(command)
    command.add_argument("--yes", action="store_true", help="do not ask")
    command.add_argument("--json", action="store_true", help="print the report as JSON")
    command.set_defaults(run=_erase)

    command = commands.add_parser("export", help="all that is kept about a person, as JSON")
    _add_person_options(command)
    command.add_argument("--output", metavar="FILE", help="default: standard output")
    command.set_defaults(run=_export)

    command = commands.add_parser("retention", help="how long messages are kept, by business")
    command.set_defaults(run=_retention, business=None, json=False)
    _add_list_options(command)
    actions = command.add_subparsers(metavar="ACTION")
    action = actions.add_parser("set", help="set both limits; one that is not given: for ever")
    _add_list_options(action)
    action.add_argument("--messages", type=_days, metavar="DAYS")
    action.add_argument("--rejects", type=_days, metavar="DAYS")
    action.set_defaults(run=_retention_set)
    action = actions.add_parser("run", help="delete what is older, finish erasures (for cron)")
    _add_list_options(action)
    action.set_defaults(run=_retention_run)


def _add_list_options(command: argparse.ArgumentParser) -> None:
    """Before or behind the action: what is not given must not undo what is."""
    command.add_argument(
        "--business",
        type=int,
        metavar="ID",
        default=argparse.SUPPRESS,
        help="only this business",
    )
    command.add_argument(
        "--json", action="store_true", default=argparse.SUPPRESS, help="print JSON"
    )


def _add_person_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("--business", type=int, required=True, metavar="ID")
    command.add_argument(
        "--person",
        required=True,
        metavar="ADDRESS",
        help="any spelling: 0501234567, +972..., 876...@lid",
    )


def _days(text: str) -> int:
    if not (text.isdecimal() and 0 < int(text) <= 36_500):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of days, 1 to 36500")
    return int(text)


def _erase(options: argparse.Namespace) -> int:
    with connect() as connection:
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
    if options.json:
        print(render.json_rows([report]))
    else:
        print(f"Erased. Erasure {report['erasure_id']}: {_counts(report)}.")
    return 0


def _is_confirmed(options: argparse.Namespace, connection: psycopg.Connection[Any]) -> bool:
    if not _is_terminal():
        raise OnethreadError("there is nobody to ask", "Confirm with --yes.")
    found = erasure.preview(connection, options.business, options.person)
    print(
        f"{', '.join(found['addresses']) or 'Nobody known'}: {found['messages']} message(s), "
        f"{found['leads']} lead(s), and their part in groups and payloads.\n"
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
        f"{count} {name}"
        for name, count in report.items()
        if isinstance(count, int) and not name.endswith("_id")
    )


def _export(options: argparse.Namespace) -> int:
    with connect() as connection:
        if options.output is None:
            count = erasure.export(connection, options.business, options.person, sys.stdout)
        else:
            with Path(options.output).open("w", encoding="utf-8") as file:
                count = erasure.export(connection, options.business, options.person, file)
    if not count:
        print("onethread: nothing is kept about this person", file=sys.stderr)
    return 0 if count else 1


def _retention(options: argparse.Namespace) -> int:
    with connect() as connection:
        rows = _list_retention(connection, options.business)
    if options.json:
        print(render.json_rows(rows))
    elif rows:
        Console().print(render.plain_table(rows))
    return 0


def _list_retention(connection: psycopg.Connection[Any], business_id: int | None) -> retention.Rows:
    if business_id is not None:
        business.check_business(connection, business_id)
    rows = retention.list_retention(connection, business_id)
    if not rows:
        raise OnethreadError(
            "there is no business that this role sees", "Say which: --business ID."
        )
    return rows


def _retention_set(options: argparse.Namespace) -> int:
    with connect() as connection:
        business_id = options.business or business.only_business(connection)
        retention.set_retention(connection, business_id, options.messages, options.rejects)
    return _retention(options)


def _retention_run(options: argparse.Namespace) -> int:
    rows = []
    with connect() as connection:
        for business_id, erasure_id in erasure.unfinished(connection, options.business):
            erasure.finish(connection, business_id, erasure_id)
        for row in _list_retention(connection, options.business):
            counts = retention.apply_retention(connection, row["business_id"])
            rows.append({"business_id": row["business_id"], **counts})
    if options.json:
        print(render.json_rows(rows))
    else:
        for row in rows:
            print(f"Business {row['business_id']}: deleted {_counts(row)}.")
    return 0
