"""The command bridge: triggers on the tables of a gateway or CRM that copy what it writes."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from onethread.cli import database
from onethread.cli import options as shared
from onethread.cli.commands import Commands

if TYPE_CHECKING:
    from onethread.schema.bridge.compose import Choices
    from onethread.schema.bridge.files import Bridge
    from onethread.schema.bridge.install import RelationStatus


def add_commands(commands: Commands) -> None:
    """Adds the command."""
    command = commands.add(
        "bridge",
        "copy what a gateway or CRM writes to its own tables",
        _bridge,
        "By triggers on them; see docs/bridge.md.",
    )
    command.add_argument("name", metavar="NAME", help="evolution, chatwoot, …, or your own")
    what = command.add_mutually_exclusive_group(required=True)
    what.add_argument("--sql", action="store_true", help="print what --apply does")
    what.add_argument("--apply", action="store_true", help="create the triggers")
    what.add_argument(
        "--catch-up", action="store_true", help="read what was there before, and what failed"
    )
    what.add_argument("--status", action="store_true", help="is it in place, and what failed?")
    what.add_argument("--remove", action="store_true", help="take the triggers away")
    command.add_argument("--file", metavar="PATH", type=Path, help="a bridge of your own")
    command.add_argument("--schema", metavar="NAME", help="where the tables are, if not in public")
    command.add_argument(
        "--default-region", metavar="REGION", help="country of the businesses that are made"
    )
    shared.add_business(command, "all their tenants are this one; default: one for each")
    command.add_argument(
        "--from-start", action="store_true", help="--catch-up reads all rows again"
    )
    shared.add_json(command)


def _bridge(options: argparse.Namespace) -> int:
    from onethread.cli.render.as_json import json_rows
    from onethread.cli.render.progress import progress_bar
    from onethread.database.connection import open_connection
    from onethread.schema.bridge import install
    from onethread.schema.bridge.compose import compose_apply
    from onethread.schema.bridge.files import find_bridge

    if options.sql:
        _print_sql(compose_apply(find_bridge(options.name, options.file), _choices(options)))
        return 0
    if options.apply:
        bridge = find_bridge(options.name, options.file)
        with open_connection(database.find_url(options)) as connection:
            install.apply(connection, bridge, _choices(options))
        print(_applied(bridge))
        return 0
    with open_connection(database.find_url(options)) as connection:
        if options.status:
            found = install.list_status(connection, options.name)
            print(json_rows([each.row() for each in found]) if options.json else _status(found))
            return int(any(each.failures or each.triggers != "in place" for each in found))
        if options.remove:
            install.remove(connection, options.name)
            print("The triggers are gone. What was copied stays; --apply goes on with it.")
            return 0
        with progress_bar("Reading") as progress:
            done = install.catch_up(
                connection, options.name, progress, from_start=options.from_start
            )
    if options.json:
        print(json_rows([vars(done)]))
    else:
        print(
            f"{done.seen:,} rows read, {done.retried:,} that had failed taken over, "
            f"{done.failed:,} failed"
        )
    return 1 if done.failed else 0


def _choices(options: argparse.Namespace) -> Choices:
    from onethread.schema.bridge.compose import Choices

    return Choices(options.schema or "public", options.default_region, options.business)


def _print_sql(statements: list[str]) -> None:
    print("begin;\n")
    for statement in statements:
        print(statement.strip().rstrip(";") + ";\n")
    print("commit;")


def _applied(bridge: Bridge) -> str:
    tables = ", ".join(relation.table for relation in bridge.relations)
    return (
        f"Triggers are on {tables}. `onethread bridge {bridge.name} --catch-up` reads what was "
        "there before."
    )


def _status(found: list[RelationStatus]) -> str:
    if not found:
        return "The bridge is not in place."
    lines = []
    for each in found:
        history = "read" if each.is_caught_up else f"read up to row {each.seen:,}: --catch-up"
        lines.append(
            f"{each.table}: triggers {each.triggers}; what was there before is {history}; "
            f"{each.messages:,} messages; {each.failures:,} failed"
        )
        if each.last_error:
            lines.append(f"  {each.last_error}")
    return "\n".join(lines)
