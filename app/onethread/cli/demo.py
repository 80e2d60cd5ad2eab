"""The command demo: what the bug looks like on sample payloads, and what Onethread makes of it."""

from __future__ import annotations

import argparse
import os
import shlex
import shutil
import socket
import sys
import threading
import webbrowser
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from onethread.cli import database
from onethread.cli.commands import Commands
from onethread.cli.render.text import one_line
from onethread.database.text import count_of

if TYPE_CHECKING:
    import psycopg
    from rich.console import Console

    from onethread.demo import Demo


def add_commands(commands: Commands) -> None:
    """Adds the command."""
    command = commands.add(
        "demo",
        "show the main job on sample payloads, on the embedded server",
        _demo,
        has_database=False,
    )
    command.add_argument(
        "--serve",
        action=argparse.BooleanOptionalAction,
        help="then serve the inbox, with a week of a clinic (default: on a terminal)",
    )
    command.add_argument("--port", type=int, help="default: 8000, or the next free one")
    command.add_argument("--reset", action="store_true", help="begin anew")


def _demo(options: argparse.Namespace) -> int:
    from rich.console import Console

    from onethread.database.business import list_businesses
    from onethread.database.connection import connect
    from onethread.demo import load_demo, reset_demo

    console = Console()
    console.print("Starting the embedded PostgreSQL …")
    url = database.start_embedded()
    if options.reset:
        reset_demo(url)
    demo = load_demo(url)
    console.print(
        "Cloud API webhooks, Baileys events and CRM rows: "
        f"{count_of(demo.inserted, 'message')} inserted, {demo.duplicates} already there."
    )
    with connect(demo.url) as connection:
        _print_before(console, connection, demo.business_id)
        message_id = _print_after(console, connection, demo.business_id)
        _print_next(console, demo, message_id, len(list_businesses(connection)) > 1)
    # A script that runs the demo is to go on.
    is_terminal = sys.stdin.isatty() and sys.stdout.isatty()
    if is_terminal if options.serve is None else options.serve:
        _serve(demo, options.port)
    return 0


def _serve(demo: Demo, port: int | None) -> None:
    """The inbox, filled with a week, until it is stopped."""
    from onethread.database.connection import connect
    from onethread.demo.provider import run_provider
    from onethread.demo.week import load_week
    from onethread.web import Settings, serve

    with connect(demo.url) as connection:
        load_week(connection, demo.business_id)
    run_provider(demo.url, demo.business_id)
    port = port or _free_port()
    address = _inbox_address(demo.business_id, port)
    print(f"\nThe inbox, with a week of a clinic: {address}\nCtrl+C stops it.", flush=True)
    _open_browser(address)
    serve(demo.url, Settings(is_insecure=True), "127.0.0.1", port)


def _free_port() -> int:
    for port in range(8000, 8020):
        with socket.socket() as listener, suppress(OSError):
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(("127.0.0.1", port))
            return port
    return 8000


def _inbox_address(business_id: int, port: int = 8000) -> str:
    return f"http://127.0.0.1:{port}/inbox/{business_id}"


def _open_browser(address: str) -> None:
    """Opens the address once the server has had time to start; only where there is a screen."""
    if sys.platform in ("darwin", "win32") or {"DISPLAY", "WAYLAND_DISPLAY"} & os.environ.keys():
        timer = threading.Timer(1, webbrowser.open, [address])
        timer.daemon = True
        timer.start()


def _print_before(console: Console, connection: psycopg.Connection[Any], business_id: int) -> None:
    from rich.table import Table

    from onethread.demo import list_threads_as_written

    rows = list_threads_as_written(connection, business_id)
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("Thread", "Customer", "Us", "Last message"):
        table.add_column(column)
    for row in rows:
        table.add_row(
            f"[red]{row['address']}[/]",
            str(row["inbound"]),
            str(row["outbound"]),
            one_line(row["body"] or "", 44),
        )
    console.rule("[bold]Before[/]: a thread for every address as it was written", align="left")
    console.print(table)
    console.print(f"[red]{len(rows)} threads[/]; questions here, their answers there.\n")


def _print_after(
    console: Console, connection: psycopg.Connection[Any], business_id: int
) -> int | None:
    """Returns the id of a message to explain, when there is one."""
    from onethread.cli.render.conversations import print_inbox, print_thread
    from onethread.demo import list_threads
    from onethread.errors import UnknownAddress
    from onethread.messages import read

    rows = list_threads(connection, business_id)
    console.rule("[bold]After[/]: the same rows, one conversation per person", align="left")
    print_inbox(console, rows)
    console.print(f"[green]{len(rows)} conversations.[/]\n")
    console.rule("[bold]One thread[/]: onethread thread 0501234567", align="left")
    messages = []
    try:
        messages = read.thread(connection, business_id, "0501234567")
        print_thread(console, messages)
    except UnknownAddress:
        console.print("Nobody: this person was erased, and a replay brings nobody back.")
    [(unlinked,)] = connection.execute(
        "select count(*) from public.unlinked_message where business_id = %s", [business_id]
    ).fetchall()
    if unlinked:
        console.print(
            f"\nIn no thread: {count_of(unlinked, 'message')} (to_number 'Unknown' names nobody), "
            "listed with the reason in the view unlinked_message."
        )
    return messages[0]["id"] if messages else None


def _print_next(console: Console, demo: Demo, message_id: int | None, several: bool) -> None:
    from onethread import embedded
    from onethread.database.config import database_url

    option = f" --business {demo.business_id}" if several else ""
    if database_url():
        option += " --embedded"
    onethread = _called_as()
    commands = [
        (f"{onethread} inbox{option}", "the sidebar"),
        (f"{onethread} thread 0501234567{option}", "any spelling of the address will do"),
        (
            f"{onethread} serve --insecure --embedded",
            f"the inbox: {_inbox_address(demo.business_id)}",
        ),
        (f"{onethread} server stop", "stop the embedded server; the data stays"),
    ]
    if message_id is not None:
        why = f"why message {message_id} is in this conversation"
        commands.insert(2, (f"{onethread} explain {message_id}{option}", why))
    console.rule("[bold]Try next[/]", align="left")
    for command, meaning in commands:
        console.print(f"  {command}  [dim]# {meaning}[/]", soft_wrap=True, highlight=False)
    psql = "psql" if shutil.which("psql") else shlex.quote(str(embedded.psql()))
    console.print(f"  {psql} {shlex.quote(demo.url)}", soft_wrap=True, highlight=False)


def _called_as() -> str:
    """The command as it can be called again: by its name where the shell finds it."""
    called = Path(sys.argv[0])
    if called.name == "__main__.py":
        return "python -m onethread"
    if called.stem != "onethread":  # by a program of its own
        return "onethread"
    found = shutil.which("onethread")
    is_found = found is not None and called.exists() and called.samefile(found)
    return "onethread" if is_found else shlex.quote(str(called))
