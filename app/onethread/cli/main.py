"""The command onethread."""

from __future__ import annotations

import argparse
import os
import sys
import threading
import time
import webbrowser
from collections import Counter
from collections.abc import Callable
from typing import Any

import psycopg
from rich.console import Console

from onethread import __version__, embedded
from onethread.cli import render
from onethread.cli.doctor import add_doctor_command
from onethread.cli.identity import add_identity_commands
from onethread.cli.phones import add_phone_command
from onethread.cli.privacy import add_privacy_commands
from onethread.cli.schema import add_adoption_commands
from onethread.database import business
from onethread.database.connection import (
    Reconnecting,
    connect,
    is_connection_lost,
    open_connection,
    resolve_url,
)
from onethread.demo import inbox_address, run_demo
from onethread.errors import OnethreadError, ServerUnreachable
from onethread.intake import intake, rejects
from onethread.intake.ingest import ingest
from onethread.messages import read
from onethread.providers import PROVIDERS
from onethread.schema import migrate, sources, text_index


def main(arguments: list[str] | None = None) -> int:
    """Runs one command; returns its exit code: 0 done, 1 not (or not all) done, 2 wrong usage."""
    options = _parser().parse_args(arguments)
    try:
        run: Callable[[argparse.Namespace], int] = options.run
        return run(options)
    except OnethreadError as error:
        print(f"onethread: {error}", file=sys.stderr)
        if error.hint:
            print(error.hint, file=sys.stderr)
    except psycopg.Error as error:
        print(f"onethread: {_what_happened(error)}", file=sys.stderr)
        for line in (*getattr(error, "__notes__", ()), error.diag.message_hint):
            if line:
                print(line, file=sys.stderr)
    except BrokenPipeError:  # the reader of a pipe has seen enough
        sys.stderr.close()
    except KeyboardInterrupt:
        print("onethread: interrupted", file=sys.stderr)
    return 1


def _what_happened(error: psycopg.Error) -> str:
    message = error.diag.message_primary or str(error).strip()
    return f"the database went away: {message}" if is_connection_lost(error) else message


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="onethread",
        description="Every WhatsApp message in one conversation per person, decided inside "
        "PostgreSQL. DATABASE_URL (a libpq URI) chooses the server; without it an embedded one "
        "is used.",
    )
    parser.add_argument("--version", action="version", version=f"onethread {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    command = commands.add_parser("migrate", help="bring the database to this version's schema")
    command.add_argument(
        "--default-region",
        metavar="REGION",
        help="country of businesses that have none: IL, BR, ...",
    )
    command.add_argument(
        "--dry-run", action="store_true", help="print the statements and the locks they take"
    )
    command.set_defaults(run=_migrate)

    command = commands.add_parser("business", help="add or list businesses (tenants)")
    actions = command.add_subparsers(required=True, metavar="ACTION")
    action = actions.add_parser("add", help="create a business")
    action.add_argument("name")
    action.add_argument("--region", required=True, help="country of national numbers: IL, BR, ...")
    action.add_argument(
        "--number", action="append", default=[], help="an own number; may be given again"
    )
    action.set_defaults(run=_business_add)
    action = actions.add_parser("list", help="list the businesses")
    action.add_argument("--json", action="store_true", help="print JSON")
    action.set_defaults(run=_business_list)

    command = commands.add_parser("ingest", help="insert messages from a provider's payload files")
    command.add_argument("--business", type=int, required=True, metavar="ID")
    command.add_argument("--provider", required=True, choices=sorted(PROVIDERS))
    command.add_argument(
        "files", nargs="+", metavar="FILE", help="JSON, a JSON array or JSON lines; - is stdin"
    )
    command.set_defaults(run=_ingest)

    command = commands.add_parser("inbox", help="conversations, the newest first")
    _add_page_options(command)
    command.set_defaults(run=_inbox)

    command = commands.add_parser("thread", help="the conversation of an address")
    command.add_argument("address", help="any spelling: 0501234567, +972..., 876...@lid")
    _add_page_options(command)
    command.set_defaults(run=_thread)

    command = commands.add_parser("serve", help="take webhooks and answer reads over HTTP")
    command.add_argument("--host", default="127.0.0.1", help="default: %(default)s")
    command.add_argument("--port", type=int, default=8000, help="default: %(default)s")
    command.add_argument(
        "--insecure", action="store_true", help="start without secrets: for trying things out"
    )
    command.add_argument(
        "--auth-token",
        default="",
        metavar="TOKEN",
        help="password of the inbox page (better: ONETHREAD_AUTH_TOKEN)",
    )
    command.add_argument(
        "--trusted-header",
        default="",
        metavar="NAME",
        help="header in which a proxy, which alone can reach the server, names the user",
    )
    command.set_defaults(run=_serve)

    command = commands.add_parser("send-queued", help="deliver queued and scheduled messages")
    command.add_argument("--business", type=int, metavar="ID", help="only of this business")
    command.add_argument(
        "--watch", action="store_true", help="go on, looking every second, until interrupted"
    )
    command.set_defaults(run=_send_queued)

    command = commands.add_parser(
        "search-index",
        help="make every message searchable, not the newest 10,000 only; slows inserts",
    )
    command.add_argument("--drop", action="store_true", help="drop the index again")
    command.set_defaults(run=_search_index)

    command = commands.add_parser("rejects", help="payloads that could not be processed")
    command.add_argument("--business", type=int, metavar="ID", help="only of this business")
    command.add_argument("--json", action="store_true", help="print JSON, with the payloads")
    command.set_defaults(run=_rejects)
    actions = command.add_subparsers(metavar="ACTION")
    action = actions.add_parser("replay", help="try them again: all, or those named")
    action.add_argument("ids", nargs="*", type=int, metavar="ID")
    action.set_defaults(run=_rejects_replay)

    add_identity_commands(commands)
    add_adoption_commands(commands)

    add_privacy_commands(commands)
    add_phone_command(commands)
    add_doctor_command(commands)

    command = commands.add_parser("demo", help="the main job on sample payloads")
    command.add_argument("--serve", action="store_true", help="then show the inbox in a browser")
    command.add_argument("--port", type=int, default=8000, help="default: %(default)s")
    command.set_defaults(run=_demo)

    command = commands.add_parser("server", help="the embedded PostgreSQL server")
    actions = command.add_subparsers(required=True, metavar="ACTION")
    actions.add_parser("status", help="is it running").set_defaults(run=_server_status)
    actions.add_parser("stop", help="stop it; the data stays").set_defaults(run=_server_stop)
    return parser


def _add_page_options(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--business", type=int, metavar="ID", help="needed when there is more than one"
    )
    command.add_argument("--limit", type=int, default=50, help="rows a page (default: %(default)s)")
    command.add_argument("--before", metavar="CURSOR", help="cursor of the last row seen")
    command.add_argument("--json", action="store_true", help="print JSON, newest first")


def _migrate(options: argparse.Namespace) -> int:
    url = resolve_url()
    with open_connection(url) as connection:
        changes_phones = sources.changes_phones(connection)
    if options.dry_run:
        for step in migrate.plan_adoption(url, options.default_region):
            end = "" if step.sql.startswith("--") else ";"
            print(f"-- locks: {step.lock}\n{step.sql}{end}\n")
        return 0
    applied = migrate.migrate(url, options.default_region, report=_say_step)
    print(f"{len(applied)} migration(s) applied; functions, views and triggers are up to date.")
    if changes_phones:
        print(
            "The phone functions have changed. `onethread phone-metadata` lists the stored numbers "
            "that they read differently."
        )
    return 0


def _say_step(line: str) -> None:
    if not line.startswith("comment on "):
        print(line, file=sys.stderr)


def _business_add(options: argparse.Namespace) -> int:
    with connect() as connection:
        business_id = business.add_business(
            connection, options.name, options.region, options.number
        )
    print(f"Business {business_id}: {options.name}")
    return 0


def _business_list(options: argparse.Namespace) -> int:
    with connect() as connection:
        rows = business.list_businesses(connection)
    if options.json:
        _print_json(rows)
    for row in rows if not options.json else []:
        numbers = ", ".join(row["numbers"])
        print(f"{row['id']:>4}  {row['name']}  {row['default_region'] or '-'}  {numbers}".rstrip())
    return 0


def _ingest(options: argparse.Namespace) -> int:
    with connect() as connection, render.progress_of(options.files) as on_progress:
        result = ingest(
            connection,
            options.business,
            options.provider,
            options.files,
            on_progress,
        )
    print(render.ingest_summary(result))
    return 1 if result.rejected else 0


def _inbox(options: argparse.Namespace) -> int:
    with connect() as connection:
        business_id = _business_id(options, connection)
        rows = read.inbox(connection, business_id, before=options.before, page_size=options.limit)
    if options.json:
        _print_json(rows)
    else:
        Console().print(render.inbox_table(rows))
    return 0


def _thread(options: argparse.Namespace) -> int:
    with connect() as connection:
        business_id = _business_id(options, connection)
        rows = read.thread(
            connection,
            business_id,
            options.address,
            before=options.before,
            page_size=options.limit,
        )
    if options.json:
        _print_json(rows)
    else:
        Console().print(render.thread_table(rows))
    return 0


def _serve(options: argparse.Namespace) -> int:
    # Imported here: the other commands need not wait for the web framework.
    from onethread.web import Settings, serve

    settings = Settings.from_environment(
        options.insecure,
        auth_token=options.auth_token,
        trusted_header=options.trusted_header,
    )
    url = resolve_url()
    connect(url).close()
    serve(url, settings, options.host, options.port)
    return 0


def _send_queued(options: argparse.Namespace) -> int:
    # Imported here: the other commands need not wait for the HTTP library.
    from onethread.sending import configured_senders, open_client, send_queued

    total = Counter[str]()
    with Reconnecting(resolve_url()) as session, open_client() as client:
        senders = configured_senders(client)
        if options.business is not None:
            business.check_business(session.connection(), options.business)
        while True:
            try:
                for business_id in (
                    [row["id"] for row in business.list_businesses(session.connection())]
                    if options.business is None
                    else [options.business]
                ):
                    total.update(vars(send_queued(session.connection, business_id, senders)))
            except (psycopg.OperationalError, ServerUnreachable) as error:
                if not options.watch:
                    raise
                lines = str(error).splitlines()
                print(f"onethread: {lines[0]}; trying again", file=sys.stderr, flush=True)
            if not options.watch:
                break
            time.sleep(1)
    print(f"{total['sent']} sent, {total['delayed']} to be tried again, {total['failed']} failed.")
    return 1 if total["failed"] else 0


def _search_index(options: argparse.Namespace) -> int:
    with connect() as connection:
        if options.drop:
            text_index.drop_text_index(connection)
            print("Dropped: the newest 10,000 messages of a business are searched.")
        elif text_index.create_text_index(connection):
            print("Made: all messages are searched.")
        else:
            print("It is there already: all messages are searched.")
    return 0


def _rejects(options: argparse.Namespace) -> int:
    after = count = 0
    with connect() as connection:
        while page := rejects.list_rejects(connection, options.business, after=after):
            after = page[-1]["id"]
            count += len(page)
            for row in page:
                print(render.json_line(row) if options.json else render.reject_line(row))
    if not count and not options.json:
        print("Nothing is rejected.")
    return 0


def _rejects_replay(options: argparse.Namespace) -> int:
    with connect() as connection:
        result = intake.replay_rejects(connection, options.business, options.ids or None)
    print(f"{len(result.resolved)} went in, {len(result.still_rejected)} still rejected.")
    return 1 if result.still_rejected else 0


def _business_id(options: argparse.Namespace, connection: psycopg.Connection[Any]) -> int:
    if options.business is None:
        return business.only_business(connection)
    return int(options.business)


def _demo(options: argparse.Namespace) -> int:
    demo = run_demo(Console())
    if options.serve:
        from onethread.web import Settings, serve

        address = inbox_address(demo.business_id, options.port)
        print(f"\nThe inbox: {address}\nCtrl+C stops it.", flush=True)
        _open_browser(address)
        serve(demo.url, Settings(is_insecure=True), "127.0.0.1", options.port)
    return 0


def _open_browser(address: str) -> None:
    """Opens the address once the server has had time to start; only where there is a screen."""
    if sys.platform in ("darwin", "win32") or {"DISPLAY", "WAYLAND_DISPLAY"} & os.environ.keys():
        timer = threading.Timer(1, webbrowser.open, [address])
        timer.daemon = True
        timer.start()


def _server_status(options: argparse.Namespace) -> int:
    if not embedded.is_running():
        print("The embedded server is not running.")
        return 1
    print(f"The embedded server is running: {embedded.start()}")
    return 0


def _server_stop(options: argparse.Namespace) -> int:
    stopped = embedded.stop()
    print("The embedded server is stopped." if stopped else "It was not running.")
    return 0


def _print_json(rows: list[dict[str, Any]]) -> None:
    print(render.json_rows(rows))
