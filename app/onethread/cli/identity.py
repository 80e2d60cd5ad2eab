"""The commands about who is whom: explain, conflicts, pending, merge, undo, different, split."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from onethread.cli import database
from onethread.cli import options as shared
from onethread.cli.commands import Commands, Run
from onethread.database.text import count_of

if TYPE_CHECKING:
    import psycopg

    from onethread.database.steps import Rows


def add_commands(commands: Commands) -> None:
    """Adds the commands."""
    command = _add(commands, "explain", "say why a message is in its conversation", _explain)
    command.add_argument("message_id", type=int, help="id from `onethread thread ADDRESS`")

    command = _add(
        commands,
        "conflicts",
        "list pairs of conversations that may be one person's",
        _conflicts,
        "The evidence does not decide about them; a person must. A conflict is attested evidence "
        "that the rule does not follow, a suggestion is what a stranger may have made up: --accept "
        "joins its two threads.",
    )
    chosen = command.add_mutually_exclusive_group()
    chosen.add_argument(
        "--accept", nargs="+", type=int, metavar="ID", help="join the threads of these suggestions"
    )
    chosen.add_argument(
        "--accept-all",
        action="store_true",
        help="join those of all suggestions of a source, but where somebody may be several others",
    )
    command.add_argument(
        "--source", help="with --accept-all: whose suggestions, as the list has it"
    )
    command = _add(
        commands,
        "pending",
        "list identity evidence that is not applied yet",
        _pending,
    )
    command.add_argument("--apply", action="store_true", help="apply it first, list what is left")

    command = _add(commands, "merge", "join two conversations of one person", _merge)
    conversation_id = "id from `onethread inbox` or `onethread conflicts`"
    command.add_argument(
        "survivor_id", type=int, help=f"the conversation that stays; {conversation_id}"
    )
    command.add_argument(
        "absorbed_id", type=int, help="the conversation whose messages go into the other"
    )
    command.add_argument("--reason", default="by hand", help="kept with the merge")
    command.add_argument("--preview", action="store_true", help="only say what would move")

    command = _add(commands, "undo", "separate two conversations that a merge joined", _undo)
    command.add_argument(
        "merge_id", type=int, help="id from `onethread merge` or `onethread explain MESSAGE`"
    )

    command = _add(
        commands,
        "different",
        "say that two conversations are two people",
        _different,
        "Settles the conflicts between them and keeps them apart; nothing moves. An undo and a "
        "split say it too; --withdraw takes it back.",
    )
    command.add_argument("first_id", type=int, help=conversation_id)
    command.add_argument("second_id", type=int, help="the other one")
    command.add_argument("--source", default="by hand", help="who says so; kept with it")
    command.add_argument(
        "--withdraw", action="store_true", help="take that back: evidence may join them again"
    )

    command = _add(
        commands, "split", "give an address that is somebody else's its own conversation", _split
    )
    command.add_argument("address", help=shared.ADDRESS)
    command.add_argument(
        "--since", metavar="TIME", help="for a phone: earlier messages stay (ISO 8601, with zone)"
    )


def _add(
    commands: Commands, name: str, summary: str, run: Run, more: str = ""
) -> argparse.ArgumentParser:
    command = commands.add(name, summary, run, more)
    shared.add_business(command)
    shared.add_json(command)
    return command


def _explain(options: argparse.Namespace) -> int:
    from onethread.people import identity

    return _list(options, lambda c, b: identity.explain(c, b, options.message_id), "")


def _conflicts(options: argparse.Namespace) -> int:
    from onethread.errors import OnethreadError
    from onethread.people import identity

    if options.accept_all != (options.source is not None):
        raise OnethreadError(
            "--accept-all and --source go together",
            "Accept the suggestions of one source at a time.",
        )
    if options.accept or options.accept_all:
        return _accept(options)
    return _list(
        options,
        identity.list_suggestions,
        "No open question.",
        "\n`onethread merge FIRST SECOND` joins two conversations that are one person's, "
        "`onethread conflicts --accept ID` does so for a suggestion, "
        "`onethread different FIRST SECOND` says that they are two people.",
    )


def _accept(options: argparse.Namespace) -> int:
    """Each in a transaction of its own: what was joined before one is refused stays joined."""
    from onethread.cli.render.as_json import json_rows
    from onethread.people import identity

    done = []
    with database.connect(options, looks_around=True) as connection:
        business_id = shared.business_id(options, connection)
        ids = options.accept or identity.acceptable(connection, business_id, options.source)
        for suggestion_id in ids:
            merge_id = identity.accept_suggestion(connection, business_id, suggestion_id, "by hand")
            row = identity.read_merge(connection, business_id, merge_id)
            done.append({"id": suggestion_id} | row)
            if not options.json:
                print(
                    f"Suggestion {suggestion_id}: conversation {row['absorbed_id']} is in "
                    f"conversation {row['survivor_id']} now. Merge {merge_id}: "
                    f"`onethread undo {merge_id}` undoes it."
                )
        is_open = len(identity.list_suggestions(connection, business_id))
    if options.json:
        print(json_rows(done))
    else:
        print(f"{count_of(len(done), 'suggestion')} accepted. {is_open} left open.")
    return 0


def _pending(options: argparse.Namespace) -> int:
    from onethread.people import identity

    def read(connection: psycopg.Connection[Any], business_id: int) -> Rows:
        if options.apply:
            identity.apply_pending(connection, business_id)
        return identity.pending(connection, business_id)

    # What a schedule runs is told where.
    return _list(options, read, "Nothing is pending.", looks_around=not options.apply)


def _merge(options: argparse.Namespace) -> int:
    from onethread.people import identity

    with database.connect(options, looks_around=True) as connection:
        arguments = (
            shared.business_id(options, connection),
            options.survivor_id,
            options.absorbed_id,
        )
        if options.preview:
            row = identity.preview_merge(connection, *arguments)
            _print(options, [row])
            return 1 if row["refusal"] else 0
        merge_id = identity.merge(connection, *arguments, options.reason)
        done = identity.read_merge(connection, arguments[0], merge_id)
    sentences = [
        f"Conversation {done['absorbed_id']} is in conversation {done['survivor_id']} now: "
        f"{_what_moved(done)}.",
        *(
            f"{count_of(len(each['keys']), 'row')} of {each['table']} came along."
            if each["is_moved"]
            else f"The rows of {each['table']} stay with {done['absorbed_id']}, which is empty."
            for each in done["tables"]
        ),
        f"Merge {merge_id}: `onethread undo {merge_id}` undoes it.",
    ]
    _say(options, done, "\n".join(sentences))
    return 0


def _undo(options: argparse.Namespace) -> int:
    from onethread.people import identity

    with database.connect(options, looks_around=True) as connection:
        business_id = shared.business_id(options, connection)
        identity.undo_merge(connection, business_id, options.merge_id)
        done = identity.read_merge(connection, business_id, options.merge_id)
    sentences = [
        f"Merge {options.merge_id} is undone: conversation {done['absorbed_id']} is its own again, "
        f"with {_what_moved(done)}.",
        *(
            f"{each['returned']} of {count_of(each['moved'], 'row')} of {each['table']} went back."
            for each in done["tables"]
            if each["is_moved"]
        ),
    ]
    _say(options, {"undone": options.merge_id} | done, "\n".join(sentences))
    return 0


def _what_moved(done: dict[str, Any]) -> str:
    identifiers = ", ".join(done["identifiers"])
    messages = count_of(done["messages"], "message")
    return f"{messages} under {identifiers}" if identifiers else messages


def _different(options: argparse.Namespace) -> int:
    from onethread.people import identity

    pair = options.first_id, options.second_id
    with database.connect(options, looks_around=True) as connection:
        business_id = shared.business_id(options, connection)
        if options.withdraw:
            identity.withdraw_different(connection, business_id, *pair)
        else:
            identity.declare_different(connection, business_id, *pair, options.source)
        is_open = len(identity.list_suggestions(connection, business_id))
    said = (
        f"It is no longer said that conversations {pair[0]} and {pair[1]} are two people."
        if options.withdraw
        else f"Conversations {pair[0]} and {pair[1]} are two people; nothing has moved."
    )
    _say(
        options,
        {"first_id": pair[0], "second_id": pair[1], "open_conflicts": is_open},
        f"{said} {count_of(is_open, 'open question')} left.",
    )
    return 0


def _split(options: argparse.Namespace) -> int:
    from onethread.people import identity

    with database.connect(options, looks_around=True) as connection:
        business_id = shared.business_id(options, connection)
        shared.say_address(connection, business_id, options.address)
        conversation_id = identity.split(connection, business_id, options.address, options.since)
        messages = identity.count_messages(connection, business_id, conversation_id)
    where = (
        f"conversation {conversation_id} now, which has {count_of(messages, 'message')}"
        if conversation_id
        else "nobody now: whoever writes under it is new"
    )
    _say(
        options,
        {"conversation_id": conversation_id, "messages": messages},
        f"{options.address} leads to {where}.",
    )
    return 0


def _list(
    options: argparse.Namespace,
    read: Callable[[psycopg.Connection[Any], int], Rows],
    empty: str,
    advice: str = "",
    looks_around: bool = True,
) -> int:
    with database.connect(options, looks_around=looks_around) as connection:
        rows = read(connection, shared.business_id(options, connection))
    if rows or options.json:
        _print(options, rows)
        if advice and not options.json:
            print(advice)
    else:
        print(empty)
    return 0


def _print(options: argparse.Namespace, rows: Rows) -> None:
    from rich.console import Console

    from onethread.cli.render.as_json import json_rows
    from onethread.cli.render.rows import print_rows

    if options.json:
        print(json_rows(rows))
    else:
        print_rows(Console(), rows)


def _say(options: argparse.Namespace, row: dict[str, Any], sentence: str) -> None:
    from onethread.cli.render.as_json import json_rows

    print(json_rows([row]) if options.json else sentence)
