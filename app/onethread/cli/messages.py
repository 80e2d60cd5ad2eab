"""The commands about messages: inbox, thread, ingest, rejects, search-index."""

from __future__ import annotations

import argparse
import shlex
from typing import Any

from onethread.cli import database
from onethread.cli import options as shared
from onethread.cli.commands import Commands
from onethread.providers import PROVIDERS

_LARGEST_PAGE = 1000


def add_commands(commands: Commands) -> None:
    """Adds the commands."""
    command = commands.add("inbox", "list the conversations with their ids, newest first", _inbox)
    _add_page_options(command)

    command = commands.add(
        "thread", "show the conversation of an address, with message ids", _thread
    )
    command.add_argument("address", help=shared.ADDRESS)
    _add_page_options(command)

    command = commands.add("ingest", "insert messages from files of a provider's payloads", _ingest)
    shared.add_required_business(command)
    command.add_argument(
        "--provider",
        required=True,
        choices=sorted(PROVIDERS),
        metavar="NAME",
        help=", ".join(sorted(PROVIDERS)),
    )
    command.add_argument(
        "files", nargs="+", metavar="FILE", help="JSON, a JSON array or JSON lines; - is stdin"
    )

    command = commands.add(
        "rejects", "list payloads that were not processed or not read; replay them", _rejects
    )
    command.set_defaults(business=None, json=False, unread=False)
    shared.add_before_or_after_action(command)
    actions = command.add_subparsers(metavar="ACTION")
    action = actions.add_parser("replay", help="try them again: all, or those named")
    shared.add_before_or_after_action(action)
    database.add_embedded(action)
    action.add_argument(
        "ids", nargs="*", type=int, metavar="ID", help="id from `onethread rejects`"
    )
    action.set_defaults(run=_replay)
    for each in (command, action):
        each.add_argument(
            "--unread",
            action="store_true",
            default=argparse.SUPPRESS,
            help="those of which something is not read, in place of those that were rejected",
        )

    command = commands.add(
        "search-index",
        "make all messages searchable, not only the newest 10,000",
        _search_index,
        "Inserts get slower.",
    )
    command.add_argument("--drop", action="store_true", help="drop the index again")


def _add_page_options(command: argparse.ArgumentParser) -> None:
    shared.add_business(command)
    command.add_argument("--limit", type=int, default=50, help="rows a page (default: %(default)s)")
    command.add_argument(
        "--before", metavar="CURSOR", help="where to go on: printed below a page that is full"
    )
    shared.add_json(command, "print JSON, newest first, each row with its cursor")


def _inbox(options: argparse.Namespace) -> int:
    from rich.console import Console

    from onethread.cli.render.as_json import json_rows
    from onethread.cli.render.conversations import print_inbox
    from onethread.messages import read

    with database.connect(options, looks_around=True) as connection:
        business_id = shared.business_id(options, connection)
        rows = read.inbox(connection, business_id, before=options.before, page_size=options.limit)
    if options.json:
        print(json_rows(rows))
    else:
        print_inbox(Console(), rows)
        _say_how_to_go_on(options, rows)
    return 0


def _thread(options: argparse.Namespace) -> int:
    from rich.console import Console

    from onethread.cli.render.as_json import json_rows
    from onethread.cli.render.conversations import print_thread
    from onethread.messages import read

    with database.connect(options, looks_around=True) as connection:
        business_id = shared.business_id(options, connection)
        rows = read.thread(
            connection,
            business_id,
            options.address,
            before=options.before,
            page_size=options.limit,
        )
    if options.json:
        print(json_rows(rows))
    else:
        print_thread(Console(), rows)
        _say_how_to_go_on(options, rows)
    return 0


def _say_how_to_go_on(options: argparse.Namespace, rows: list[dict[str, Any]]) -> None:
    if rows and len(rows) >= min(options.limit, _LARGEST_PAGE):
        print(f"\nThere may be older ones: --before {shlex.quote(rows[-1]['cursor'])}")


def _ingest(options: argparse.Namespace) -> int:
    from onethread.cli.render.progress import progress_of_files
    from onethread.cli.render.summaries import ingest_summary
    from onethread.intake.take import take_files

    with (
        database.connect(options, looks_around=True) as connection,
        progress_of_files(options.files) as on_progress,
    ):
        result = take_files(
            connection,
            options.business,
            options.provider,
            options.files,
            on_progress,
        )
    print(ingest_summary(result))
    return 1 if result.rejected else 0


def _rejects(options: argparse.Namespace) -> int:
    from onethread.cli.render.as_json import json_line
    from onethread.cli.render.summaries import reject_line
    from onethread.intake.rejects import list_rejects

    after = count = 0
    with database.connect(options, looks_around=True) as connection:
        while page := list_rejects(
            connection, options.business, after=after, is_unread=options.unread
        ):
            after = page[-1]["id"]
            count += len(page)
            for row in page:
                print(json_line(row) if options.json else reject_line(row))
    if not count and not options.json:
        print("Nothing is unread." if options.unread else "Nothing is rejected.")
    return 0


def _replay(options: argparse.Namespace) -> int:
    from onethread.cli.render.as_json import json_line
    from onethread.intake.take import replay_rejects

    with database.connect(options, looks_around=True) as connection:
        result = replay_rejects(
            connection, options.business, options.ids or None, is_unread=options.unread
        )
    if options.json:
        print(json_line(vars(result)))
    else:
        unread = f"{len(result.unread)} still not read in full, " if result.unread else ""
        print(
            f"{len(result.resolved)} went in, {unread}{len(result.still_rejected)} still rejected."
        )
    return 1 if result.still_rejected else 0


def _search_index(options: argparse.Namespace) -> int:
    from onethread.schema import text_index

    with database.connect(options) as connection:
        if options.drop:
            text_index.drop_text_index(connection)
            print("Dropped: the newest 10,000 messages of a business are searched.")
        elif text_index.create_text_index(connection):
            print("Made: all messages are searched.")
        else:
            print("It is there already: all messages are searched.")
    return 0
