"""Progress bars, on stderr, where that is a terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

# Below this a bar would only flicker.
_FROM_BYTES = 1_000_000


@contextmanager
def progress_of_files(paths: list[str]) -> Iterator[Callable[[int], None]]:
    """A progress bar over the bytes of the files, when they are long."""
    sizes = [Path(path).stat().st_size for path in paths if path != "-" and Path(path).is_file()]
    total = sum(sizes) if len(sizes) == len(paths) else None
    console = Console(stderr=True)
    if not console.is_terminal or (total is not None and total < _FROM_BYTES):
        yield lambda bytes_read: None
        return
    with Progress(
        TextColumn("Reading"), BarColumn(), DownloadColumn(), TimeRemainingColumn(), console=console
    ) as progress:
        task = progress.add_task("read", total=total)
        yield lambda bytes_read: progress.advance(task, bytes_read)


class _RateColumn(ProgressColumn):
    """Rows a second."""

    def render(self, task: Task) -> Text:
        return Text(f"{task.speed or 0:,.0f}/s")


@contextmanager
def progress_bar(title: str) -> Iterator[Callable[[int, int | None], None]]:
    """A progress bar with rate and remaining time; call it with (more rows, total)."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda rows, total: None
        return
    with Progress(
        TextColumn(title),
        BarColumn(),
        MofNCompleteColumn(),
        _RateColumn(),
        TimeRemainingColumn(),
        console=console,
    ) as progress:
        task = progress.add_task(title, total=None)

        def advance(rows: int, total: int | None) -> None:
            if total is not None:
                progress.update(task, total=total)
            progress.advance(task, rows)

        yield advance
