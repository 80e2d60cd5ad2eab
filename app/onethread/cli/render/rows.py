"""Rows as they are: a column each where that fits, else a line each."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from onethread.cli.render.text import local_time, one_line

_GAP = 2
_LONGEST = 1000

# Stands in a time, which is not to be read in two lines, until it is printed.
_BLANK = "\N{NO-BREAK SPACE}"


def print_rows(console: Console, rows: list[dict[str, Any]]) -> None:
    """Prints rows that have the same columns; no word of theirs is broken."""
    columns = {_heading(name): [_cell(row[name]) for row in rows] for name in rows[0]}
    widths = _fit([[name, *cells] for name, cells in columns.items()], console.width)
    if widths is None:
        _print_records(console, columns)
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name, width in zip(columns, widths, strict=True):
        table.add_column(name, width=width)
    for cells in zip(*columns.values(), strict=True):
        table.add_row(*(Text(cell.replace(_BLANK, " ")) for cell in cells))
    console.print(table)


def _print_records(console: Console, columns: dict[str, list[str]]) -> None:
    width = max(map(len, columns))
    for number, cells in enumerate(zip(*columns.values(), strict=True)):
        if number:
            console.print()
        for name, cell in zip(columns, cells, strict=True):
            # The terminal wraps what is too long, and copies it as one word.
            for line, text in enumerate(cell.split("\n")):
                label = "" if line else name
                text = text.replace(_BLANK, " ")
                console.print(
                    Text.assemble((f"{label:<{width}}", "bold"), "  ", text), soft_wrap=True
                )


def _fit(columns: list[list[str]], width: int) -> list[int] | None:
    """Widths of the columns; None when a word would have to be broken."""
    least = [max(_longest(re.split("[ \n]", cell)) for cell in cells) for cells in columns]
    most = [max(_longest(cell.split("\n")) for cell in cells) for cells in columns]
    room = width - _GAP * (len(columns) - 1) - sum(least)
    if room < 0:
        return None
    wanted = sum(most) - sum(least)
    share = min(1.0, room / wanted) if wanted else 1.0
    return [low + int((high - low) * share) for low, high in zip(least, most, strict=True)]


def _longest(texts: list[str]) -> int:
    return max(map(cell_len, texts), default=0)


def _heading(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _cell(value: Any) -> str:
    if isinstance(value, datetime):
        return local_time(value).replace(" ", _BLANK)
    if isinstance(value, list):
        return "\n".join(map(_cell, value))
    return "" if value is None else one_line(str(value), _LONGEST)
