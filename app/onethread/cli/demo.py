"""The command demo: the main job on sample payloads."""

from __future__ import annotations

import argparse
import os
import sys
import threading
import webbrowser

from onethread.cli.commands import Commands


def add_commands(commands: Commands) -> None:
    """Adds the command."""
    command = commands.add(
        "demo", "show the main job on sample payloads, on the embedded server", _demo
    )
    command.add_argument("--serve", action="store_true", help="then show the inbox in a browser")
    command.add_argument("--port", type=int, default=8000, help="default: %(default)s")


def _demo(options: argparse.Namespace) -> int:
    from rich.console import Console

    from onethread.demo import inbox_address, run_demo

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
