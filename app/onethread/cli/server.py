"""The commands about what runs: serve, send-queued, and server, the embedded PostgreSQL."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections import Counter
from contextlib import ExitStack
from tempfile import TemporaryDirectory

from onethread.cli import database
from onethread.cli import options as shared
from onethread.cli.commands import Commands


def add_commands(commands: Commands) -> None:
    """Adds the commands."""
    command = commands.add(
        "serve", "show the inbox, take webhooks and answer programs over HTTP", _serve
    )
    command.add_argument("--host", default="127.0.0.1", help="default: %(default)s")
    command.add_argument("--port", type=int, default=8000, help="default: %(default)s")
    command.add_argument(
        "--workers",
        type=int,
        default=1,
        metavar="N",
        help="processes: for more webhooks than one core takes",
    )
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

    command = commands.add("send-queued", "deliver queued and scheduled messages", _send_queued)
    shared.add_business(command, "only of this business")
    command.add_argument(
        "--watch", action="store_true", help="go on, looking every second, until interrupted"
    )

    command = commands.add(
        "mcp",
        "let an assistant read the conversations of a business",
        _mcp,
        "Speaks the Model Context Protocol on standard input and output.",
    )
    shared.add_business(command)
    command.add_argument(
        "--answers", action="store_true", help="it may also queue answers (send-queued sends them)"
    )

    command = commands.add(
        "server", "say where the embedded PostgreSQL is, or stop it", has_database=False
    )
    actions = command.add_subparsers(required=True, metavar="ACTION")
    actions.add_parser("status", help="is it running").set_defaults(run=_status)
    actions.add_parser("stop", help="stop it; the data stays").set_defaults(run=_stop)


def _serve(options: argparse.Namespace) -> int:
    with ExitStack() as stack:
        if options.workers > 1:  # where they count together; it is read with the first import
            folder = stack.enter_context(TemporaryDirectory(prefix="onethread-metrics-"))
            os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder
        return _serve_with(options)


def _serve_with(options: argparse.Namespace) -> int:
    from onethread.database.connection import connect
    from onethread.intake.webhooks import list_secrets
    from onethread.web import Settings, serve

    def read_settings(has_stored_secrets: bool) -> Settings:
        return Settings.from_environment(
            options.insecure,
            auth_token=options.auth_token,
            trusted_header=options.trusted_header,
            has_stored_secrets=has_stored_secrets,
        )

    read_settings(has_stored_secrets=True)  # what is wrong without a database is said before
    url = database.find_url(options)
    with connect(url) as connection:
        settings = read_settings(bool(list_secrets(connection).hashes))
    serve(url, settings, options.host, options.port, max(options.workers, 1))
    return 0


def _send_queued(options: argparse.Namespace) -> int:
    import psycopg

    from onethread.database.business import check_business
    from onethread.database.connection import Reconnecting
    from onethread.errors import ServerUnreachable
    from onethread.sending import business_senders, open_client, send_queued

    total = Counter[str]()
    with Reconnecting(database.find_url(options)) as session, open_client() as client:
        if options.business is not None:
            check_business(session.connection(), options.business)
        senders = business_senders(session.connection(), client, options.business)
        while True:
            try:
                for business_id, own in senders.items():
                    total.update(vars(send_queued(session.connection, business_id, own)))
            except (psycopg.OperationalError, ServerUnreachable) as error:
                if not options.watch:
                    raise
                lines = str(error).splitlines()
                print(f"onethread: {lines[0]}; trying again", file=sys.stderr, flush=True)
            if not options.watch:
                break
            time.sleep(1)
    print(_send_summary(total))
    return 1 if total["failed"] else 0


def _mcp(options: argparse.Namespace) -> int:
    from onethread.assistant import make_server
    from onethread.database.business import check_business

    url = database.find_url(options)
    with database.connect(options) as connection:
        business_id = shared.business_id(options, connection)
        check_business(connection, business_id)
    make_server(url, business_id, options.answers).run("stdio")
    return 0


def _send_summary(total: Counter[str]) -> str:
    """What became of the queue, in a line."""
    line = f"{total['sent']} sent, {total['delayed']} to be tried again, {total['failed']} failed."
    if total["unconfirmed"]:
        line += f" Of those sent, {total['unconfirmed']} without an id: see the thread."
    if total["waiting"]:
        line += f" {total['waiting']} wait for another sender."
    return line


def _status(options: argparse.Namespace) -> int:
    from onethread import embedded

    url = embedded.running_uri()
    print(
        f"The embedded server is running: {url}" if url else "The embedded server is not running."
    )
    return 0 if url else 1


def _stop(options: argparse.Namespace) -> int:
    from onethread import embedded

    stopped = embedded.stop()
    print("The embedded server is stopped." if stopped else "It was not running.")
    return 0
