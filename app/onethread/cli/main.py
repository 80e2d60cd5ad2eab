"""The command onethread: its parser, its errors, its exit codes."""

from __future__ import annotations

import argparse
import logging
import os
import sys

import psycopg

from onethread import __version__
from onethread.cli import (
    bridge,
    business,
    demo,
    doctor,
    identity,
    messages,
    phones,
    privacy,
    schema,
    server,
    shards,
    webhook,
)
from onethread.cli.commands import Commands
from onethread.database.connection import is_connection_lost
from onethread.errors import OnethreadError

# Where the help of onethread lists a command; each stands once.
GROUPS = {
    "Every day": ("inbox", "thread", "ingest", "rejects", "serve", "send-queued", "mcp"),
    "Who is whom": (
        "explain",
        "conflicts",
        "pending",
        "merge",
        "undo",
        "different",
        "split",
    ),
    "A database that exists": ("audit", "bridge", "backfill", "uninstall"),
    "Operation": (
        "migrate",
        "business",
        "webhook",
        "doctor",
        "search-index",
        "phone-metadata",
        "server",
        "shards",
        "demo",
    ),
    "Privacy": ("erase", "export", "retention"),
}

_DESCRIPTION = """\
Every WhatsApp message in one conversation per person, decided in PostgreSQL.

DATABASE_URL (postgresql://user:password@host:port/database) chooses the
server; without it an embedded one is used."""


def main(arguments: list[str] | None = None) -> int:
    """Runs one command; returns its exit code: 0 done, 1 not (or not all) done, 2 wrong usage."""
    try:
        try:
            return _run(arguments)
        finally:
            sys.stdout.flush()
    except OnethreadError as error:
        _complain(str(error), error.hint)
    except psycopg.Error as error:
        _complain(
            _what_happened(error),
            error.diag.message_detail,
            *getattr(error, "__notes__", ()),
            error.diag.message_hint,
        )
    except BrokenPipeError:  # the reader of a pipe has seen enough
        _drop_output()
    except KeyboardInterrupt:
        _complain("interrupted")
    except SystemExit as ending:
        if ending.code in (0, 2):  # the parser's: help, or wrong usage
            raise
    return 1


def build_parser() -> tuple[argparse.ArgumentParser, Commands]:
    """The parser, and the commands that it knows."""
    parser = argparse.ArgumentParser(
        prog="onethread",
        usage="%(prog)s [-h] [--version] COMMAND ...",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"onethread {__version__}")
    commands = Commands(parser)
    for module in (
        messages,
        server,
        identity,
        schema,
        bridge,
        business,
        webhook,
        doctor,
        phones,
        demo,
        privacy,
        shards,
    ):
        module.add_commands(commands)
    parser.description = f"{_DESCRIPTION}\n\n{_list_by_group(commands.summaries)}"
    return parser, commands


def _run(arguments: list[str] | None) -> int:
    parser, _ = build_parser()
    options = parser.parse_args(arguments)
    # Where a connection is lost in a pipeline it warns that it cannot end that: the error says it.
    logging.getLogger("psycopg").addFilter(
        lambda record: not record.getMessage().startswith("error ignored terminating")
    )
    if options.command is None:
        parser.print_help(sys.stderr)
        return 2
    return int(options.run(options))


def _list_by_group(summaries: dict[str, str]) -> str:
    width = max(map(len, summaries))
    lines: list[str] = []
    for group, names in GROUPS.items():
        lines += [f"{group}:", *(f"  {name:<{width}}  {summaries[name]}" for name in names), ""]
    return "\n".join([*lines, "`onethread COMMAND --help` tells the options of a command."])


def _complain(what: str, *more: str | None) -> None:
    print(f"onethread: {what}", file=sys.stderr)
    for line in filter(None, more):
        print(line, file=sys.stderr)


def _what_happened(error: psycopg.Error) -> str:
    message = error.diag.message_primary or str(error).strip()
    return f"the database went away: {message}" if is_connection_lost(error) else message


def _drop_output() -> None:
    """Python would write what is left when it ends, and end with an exit code of its own."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
