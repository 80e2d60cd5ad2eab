"""The commands of onethread, as the modules of this room add them."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from onethread.cli.database import add_embedded

Run = Callable[[argparse.Namespace], int]


class Commands:
    """The commands that were added, each with what it is for."""

    def __init__(self, parser: argparse.ArgumentParser) -> None:
        # The help of the parser lists them by group: argparse's own list is one of all.
        self._parsers = parser.add_subparsers(
            dest="command", metavar="COMMAND", prog=parser.prog, help=argparse.SUPPRESS
        )
        self.summaries: dict[str, str] = {}

    def add(
        self,
        name: str,
        summary: str,
        run: Run | None = None,
        more: str = "",
        has_database: bool = True,
    ) -> argparse.ArgumentParser:
        """Adds a command.

        Args:
            summary: what it does, as half a sentence: one line of the list.
            run: does it and returns the exit code; None: its actions do.
            more: whole sentences that the command's own help tells besides.
            has_database: it works on one, which --embedded may choose.
        """
        sentence = f"{summary[0].upper()}{summary[1:]}. {more}"
        command = self._parsers.add_parser(name, description=sentence.strip())
        command.set_defaults(run=run)
        if has_database:
            add_embedded(command)
        self.summaries[name] = summary
        return command
