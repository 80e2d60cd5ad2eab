"""The commands about who is whom: explain, conflicts, pending, merge, undo, split."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

import psycopg
from rich.console import Console

from onethread.cli import render
from onethread.database import business
from onethread.database.connection import connect
from onethread.people import identity


def add_identity_commands(commands: Any) -> None:
    """Adds the commands to the subparsers of onethread."""
    command = _add(commands, "explain", "why a message is in its conversation", _explain)
    command.add_argument("message_id", type=int)
    _add(commands, "conflicts", "open questions: may these two be one person?", _conflicts)
    command = _add(commands, "pending", "evidence that waits to be applied", _pending)
    command.add_argument("--apply", action="store_true", help="apply it first, list what is left")

    command = _add(commands, "merge", "join two conversations of one person", _merge)
    command.add_argument("survivor_id", type=int, help="the conversation that stays")
    command.add_argument("absorbed_id", type=int, help="the one that goes into it")
    command.add_argument("--reason", default="by hand")
    command.add_argument("--preview", action="store_true", help="only say what would move")

    command = _add(commands, "undo", "take a merge back", _undo)
    command.add_argument("merge_id", type=int)

    command = _add(commands, "split", "an address is somebody else's", _split)
    command.add_argument("address", help="any spelling: 0501234567, +972..., 876...@lid")
    command.add_argument(
        "--since", metavar="TIME", help="for a phone: earlier messages stay (ISO 8601, with zone)"
    )


def _add(
    commands: Any, name: str, help_text: str, run: Callable[[argparse.Namespace], int]
) -> argparse.ArgumentParser:
    command: argparse.ArgumentParser = commands.add_parser(name, help=help_text)
    command.add_argument(
        "--business", type=int, metavar="ID", help="needed when there is more than one"
    )
    command.add_argument("--json", action="store_true", help="print JSON")
    command.set_defaults(run=run)
    return command


def _explain(options: argparse.Namespace) -> int:
    return _list(options, lambda c, b: identity.explain(c, b, options.message_id), "")


def _conflicts(options: argparse.Namespace) -> int:
    return _list(options, identity.conflicts, "No open question.")


def _pending(options: argparse.Namespace) -> int:
    def read(connection: psycopg.Connection[Any], business_id: int) -> identity.Rows:
        if options.apply:
            identity.apply_pending(connection, business_id)
        return identity.pending(connection, business_id)

    return _list(options, read, "Nothing is pending.")


def _merge(options: argparse.Namespace) -> int:
    with connect() as connection:
        arguments = _business_id(options, connection), options.survivor_id, options.absorbed_id
        if options.preview:
            row = identity.preview(connection, *arguments)
            _print(options, [row], "")
            return 1 if row["refusal"] else 0
        merge_id = identity.merge(connection, *arguments, options.reason)
    _say(
        options, {"merge_id": merge_id}, f"Merge {merge_id}; `onethread undo {merge_id}` undoes it."
    )
    return 0


def _undo(options: argparse.Namespace) -> int:
    with connect() as connection:
        identity.undo(connection, _business_id(options, connection), options.merge_id)
    _say(options, {"undone": options.merge_id}, f"Merge {options.merge_id} is undone.")
    return 0


def _split(options: argparse.Namespace) -> int:
    with connect() as connection:
        conversation_id = identity.split(
            connection, _business_id(options, connection), options.address, options.since
        )
    where = f"conversation {conversation_id}" if conversation_id else "nobody yet"
    _say(options, {"conversation_id": conversation_id}, f"{options.address} leads to {where} now.")
    return 0


def _list(
    options: argparse.Namespace,
    read: Callable[[psycopg.Connection[Any], int], identity.Rows],
    empty: str,
) -> int:
    with connect() as connection:
        _print(options, read(connection, _business_id(options, connection)), empty)
    return 0


def _print(options: argparse.Namespace, rows: identity.Rows, empty: str) -> None:
    if options.json:
        print(render.json_rows(rows))
    elif rows:
        Console().print(render.plain_table(rows))
    else:
        print(empty)


def _say(options: argparse.Namespace, row: dict[str, Any], sentence: str) -> None:
    print(render.json_rows([row]) if options.json else sentence)


def _business_id(options: argparse.Namespace, connection: psycopg.Connection[Any]) -> int:
    if options.business is None:
        return business.only_business(connection)
    return int(options.business)
