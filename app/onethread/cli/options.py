"""Options that several commands have."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import psycopg

ADDRESS = "any spelling: 0501234567, +972..., 876...@lid"
_ID_FROM = "id from `onethread business list`"
_ONE_IS_NEEDED = f"{_ID_FROM}; needed when there is more than one"


def add_business(command: argparse.ArgumentParser, help_text: str = _ONE_IS_NEEDED) -> None:
    """--business, for a command that can do without."""
    command.add_argument("--business", type=int, metavar="ID", help=help_text)


def add_required_business(command: argparse.ArgumentParser) -> None:
    """--business, for a command that must be told."""
    command.add_argument("--business", type=int, metavar="ID", required=True, help=_ID_FROM)


def add_json(command: argparse.ArgumentParser, help_text: str = "print JSON") -> None:
    """--json."""
    command.add_argument("--json", action="store_true", help=help_text)


def add_before_or_after_action(command: argparse.ArgumentParser) -> None:
    """--business and --json, before or after the name of an action.

    What is not given in one place must not undo what is given in the other: there is no default
    here.
    """
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


def business_id(options: argparse.Namespace, connection: psycopg.Connection[Any]) -> int:
    """The business that --business names; without it the only one.

    Raises:
        OnethreadError: none is named, and there is none or more than one.
    """
    from onethread.database.business import only_business

    return only_business(connection) if options.business is None else int(options.business)


def say_address(connection: psycopg.Connection[Any], business_id: int, address: str) -> None:
    """Says on stderr whom the address of a command that acts names.

    Raises:
        UnknownBusiness: there is no such business.
    """
    from onethread.database.business import check_business
    from onethread.messages.read import read_address

    check_business(connection, business_id)
    if read := read_address(connection, business_id, address):
        print(f"onethread: {address} is read as {read}", file=sys.stderr)
