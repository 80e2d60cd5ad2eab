"""The command business: add and list tenants."""

from __future__ import annotations

import argparse

from onethread.cli import database
from onethread.cli import options as shared
from onethread.cli.commands import Commands


def add_commands(commands: Commands) -> None:
    """Adds the command."""
    command = commands.add("business", "add or list businesses (tenants)")
    actions = command.add_subparsers(required=True, metavar="ACTION")
    action = actions.add_parser("add", help="create a business; prints its id")
    action.add_argument("name")
    database.add_embedded(action)
    action.add_argument("--region", required=True, help="country of national numbers: IL, BR, ...")
    action.add_argument(
        "--number", action="append", default=[], help="an own number; may be given again"
    )
    action.add_argument(
        "--shard", metavar="NAME", help="of a cluster; default: where the fewest are"
    )
    action.set_defaults(run=_add)
    action = actions.add_parser("list", help="list the businesses with their ids")
    shared.add_json(action)
    database.add_embedded(action)
    action.set_defaults(run=_list)


def _add(options: argparse.Namespace) -> int:
    from onethread.database.business import add_business

    with database.connect(options, looks_around=True) as connection:
        business_id = add_business(
            connection, options.name, options.region, options.number, options.shard
        )
    print(f"Business {business_id}: {options.name}")
    return 0


def _list(options: argparse.Namespace) -> int:
    from rich.console import Console

    from onethread.cli.render.as_json import json_rows
    from onethread.cli.render.rows import print_rows
    from onethread.database.business import list_businesses

    with database.connect(options, looks_around=True) as connection:
        rows = list_businesses(connection)
    if options.json:
        print(json_rows(rows))
    elif rows:
        print_rows(Console(), rows)
    else:
        print("There is no business yet: `onethread business add NAME --region IL` creates one.")
    return 0
