"""The commands for a CRM database that exists: audit, backfill, uninstall."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from onethread.cli import render
from onethread.database.connection import connect, open_connection, resolve_url
from onethread.schema.adoption.audit import audit
from onethread.schema.adoption.backfill import backfill, count_unlinked
from onethread.schema.adoption.uninstall import (
    Removal,
    describe_lost,
    plan_uninstall,
    uninstall,
)


def add_adoption_commands(commands: Any) -> None:
    """Adds the commands to the subparsers of onethread."""
    command = commands.add_parser(
        "audit", help="how many people are split into how many threads; changes nothing"
    )
    command.add_argument("--database-url", metavar="URL", help="default: DATABASE_URL")
    command.add_argument(
        "--map", metavar="NAME=THEIRS,...", help="other names of tables and columns: "
        "to_number=phone,whatsapp_message=chat",
    )  # fmt: skip
    command.add_argument(
        "--default-region", metavar="REGION", help="country of national numbers: IL, BR, ..."
    )
    command.add_argument("--json", action="store_true", help="print JSON")
    command.set_defaults(run=_audit)

    command = commands.add_parser("backfill", help="link the messages that are in no thread yet")
    command.add_argument("--business", type=int, metavar="ID", help="default: all")
    command.add_argument(
        "--throttle", type=float, metavar="ROWS", help="at most so many messages a second"
    )
    command.add_argument("--json", action="store_true", help="print JSON")
    command.set_defaults(run=_backfill)

    command = commands.add_parser(
        "uninstall", help="remove all but the tables that the CRM writes, with their links"
    )
    command.add_argument(
        "--drop-data", action="store_true",
        help="although the log of merges, read marks and the like are lost",
    )  # fmt: skip
    command.add_argument(
        "--dry-run", action="store_true", help="print the statements; changes nothing"
    )
    command.set_defaults(run=_uninstall)


def _audit(options: argparse.Namespace) -> int:
    names = dict(part.split("=", 1) for part in (options.map or "").split(",") if "=" in part)
    url = options.database_url or resolve_url()
    with open_connection(url) as connection, render.progress_bar("Reading") as progress:
        result = audit(connection, names, options.default_region, progress)
    print(render.json_rows([result.row()]) if options.json else render.audit_summary(result))
    return 0


def _backfill(options: argparse.Namespace) -> int:
    with connect() as connection, render.progress_bar("Linking") as progress:
        progress(0, count_unlinked(connection, options.business))
        result = backfill(
            connection, options.business, options.throttle, lambda seen: progress(seen, None)
        )
    print(render.json_rows([vars(result)]) if options.json else render.backfill_summary(result))
    return 1 if result.failed else 0


def _uninstall(options: argparse.Namespace) -> int:
    with open_connection(resolve_url()) as connection:
        if options.dry_run:
            _print_removal(plan_uninstall(connection))
            return 0
        removal = uninstall(connection, drop_data=options.drop_data)
    if not removal.statements:
        print("There is no Onethread in this database.")
        return 0
    for note in removal.notes:
        print(note, file=sys.stderr)
    print(
        "Onethread is removed. The tables that the CRM writes are as they were, with the "
        "conversations and links; `onethread migrate` takes them up again."
    )
    return 0


def _print_removal(removal: Removal) -> None:
    if removal.lost:
        print(f"-- needs --drop-data: {describe_lost(removal)}")
    for note in removal.notes:
        print(f"-- {note}")
    for statement in removal.statements:
        print(f"{statement};")
