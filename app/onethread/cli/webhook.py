"""The command webhook: whose webhooks are whose."""

from __future__ import annotations

import argparse

from onethread.cli import database
from onethread.cli import options as shared
from onethread.cli.commands import Commands


def add_commands(commands: Commands) -> None:
    """Adds the command."""
    command = commands.add("webhook", "add, list or remove the webhooks of a business")
    actions = command.add_subparsers(required=True, metavar="ACTION")

    action = actions.add_parser(
        "add",
        help="make a secret for one gateway; prints it, and the address, once",
        description="Makes a secret for one gateway of a business, and prints it once, with the "
        "address. There may be several.",
    )
    _add_options(action, is_needed=True)
    action.add_argument(
        "--instance",
        metavar="NAME",
        help="make none: under a secret that several businesses share, what comes from this "
        "phone_number_id or instance is this business's",
    )
    action.set_defaults(run=_add)

    action = actions.add_parser("list", help="list them; no secret is shown")
    _add_options(action, is_needed=False)
    shared.add_json(action)
    action.set_defaults(run=_list)

    action = actions.add_parser("remove", help="remove one: its secret opens nothing any more")
    _add_options(action, is_needed=True)
    action.add_argument(
        "ids", nargs="*", type=int, metavar="ID", help="which, where there are several"
    )
    action.set_defaults(run=_remove)


def _add_options(action: argparse.ArgumentParser, is_needed: bool) -> None:
    database.add_embedded(action)
    if is_needed:
        shared.add_required_business(action)
    else:
        shared.add_business(action, "only of this business")
    action.add_argument(
        "--provider", required=is_needed, metavar="NAME", help="meta_cloud, evolution, waha, ..."
    )


def _add(options: argparse.Namespace) -> int:
    from onethread.environment import Environment
    from onethread.intake import webhooks

    business_id, provider = options.business, options.provider
    with database.connect(options, looks_around=True) as connection:
        if options.instance is None:
            secret = webhooks.add_secret(connection, business_id, provider)
        else:
            webhooks.add_instance(connection, business_id, provider, options.instance)
    host = Environment.read().public_url.rstrip("/") or "https://YOUR-HOST"
    print(f"Address: {host}/webhooks/{provider}/{business_id}")
    if options.instance is None:
        print(f"Secret:  {secret}")
        print("It is not shown again. docs/webhooks.md says where each gateway wants it.")
    return 0


def _list(options: argparse.Namespace) -> int:
    from rich.console import Console

    from onethread.cli.render.as_json import json_rows
    from onethread.cli.render.rows import print_rows
    from onethread.intake import webhooks

    with database.connect(options, looks_around=True) as connection:
        rows = webhooks.list_webhooks(connection, options.business, options.provider)
    if options.json:
        print(json_rows(rows))
    elif rows:
        print_rows(Console(), rows)
    else:
        print("There is none yet: `onethread webhook add` makes one.")
    return 0


def _remove(options: argparse.Namespace) -> int:
    from onethread.database.text import count_of
    from onethread.intake import webhooks

    with database.connect(options, looks_around=True) as connection:
        count = webhooks.remove_webhooks(
            connection, options.business, options.provider, options.ids
        )
    print(f"Removed: {count_of(count, 'webhook')}.")
    return 0
