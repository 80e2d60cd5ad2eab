"""What the commands print for a person at a terminal."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
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
from rich.table import Table
from rich.text import Text

from onethread.intake.store import IntakeResult
from onethread.schema.adoption.audit import Audit
from onethread.schema.adoption.backfill import BackfillResult

# Ids are 64 bits wide, which JavaScript's numbers are not.
_ID_COLUMNS = {
    "conversation_id",
    "erasure_id",
    "first_conversation_id",
    "id",
    "identity_id",
    "lead_id",
    "merge_id",
    "message_id",
    "other_conversation_id",
    "second_conversation_id",
    "undone",
}

# Below this a bar would only flicker.
_PROGRESS_FROM_BYTES = 1_000_000


def inbox_table(rows: list[dict[str, Any]]) -> Table:
    """The sidebar: one line per conversation."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("Conversation", no_wrap=True)
    table.add_column("Known as", overflow="fold", no_wrap=False)
    table.add_column("Last message")
    table.add_column("At", no_wrap=True)
    for row in rows:
        table.add_row(
            escape(one_line(row["title"] or "-", 30)),
            escape("\n".join(one_line(address, 40) for address in row["addresses"])),
            f"{_arrow(row['direction'])} {escape(_content(row['message_kind'], row['body']))}",
            _time(row["sent_at"]),
        )
    return table


def plain_table(rows: list[dict[str, Any]]) -> Table:
    """Rows as they are, a column each."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in rows[0]:
        table.add_column(name.replace("_", " ").capitalize(), overflow="fold")
    for row in rows:
        table.add_row(*(_cell(value) for value in row.values()))
    return table


def _cell(value: Any) -> str:
    if isinstance(value, datetime):
        return _time(value)
    if isinstance(value, list):
        return escape("\n".join(map(str, value)))
    return "" if value is None else escape(str(value))


def thread_table(rows: list[dict[str, Any]]) -> Table:
    """One conversation in the order of reading, the newest message last."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("At", no_wrap=True)
    table.add_column("")
    table.add_column("By", no_wrap=True)
    table.add_column("Address as written", overflow="fold")
    table.add_column("Message")
    for row in reversed(rows):
        inbound = row["direction"] == "inbound"
        address = (row["from_number"] if inbound else row["to_number"]) or row["to_number"]
        table.add_row(
            _time(row["sent_at"]),
            _arrow(row["direction"]),
            escape(one_line(row["sender_name"] or row["source"] or "-", 20)),
            escape(one_line(address or "-", 40)),
            escape(_content("deleted" if row["revoked_at"] else row["kind"], row["body"])),
        )
    return table


def ingest_summary(result: IntakeResult) -> str:
    """One line a fact: what went in, what did not, and where it is."""
    lines = [f"{result.messages} message(s) inserted"]
    if result.duplicates:
        lines.append(f"{result.duplicates} duplicate deliver(ies) absorbed")
    if result.events:
        lines.append(f"{result.events} message event(s): statuses, edits, deletes, reactions")
    if result.evidence:
        lines.append(f"{result.evidence} statement(s) about who is whom")
    if result.unlinked:
        lines.append(
            f"{result.unlinked} of the messages in no thread: see the view unlinked_message for "
            "the reason"
        )
    if result.ignored:
        lines.append(f"ignored: {_counts(result.ignored)}")
    if result.unread:
        lines.append(f"not read, but kept in webhook_reject: {_counts(result.unread)}")
    if result.rejected:
        lines.append(
            f"{result.rejected.total()} rejected, kept with the reason: see `onethread rejects`"
        )
    return "\n".join(lines)


def _counts(counter: Counter[str]) -> str:
    return ", ".join(f"{count} {name}" for name, count in sorted(counter.items()))


@contextmanager
def progress_of(paths: list[str]) -> Iterator[Callable[[int], None]]:
    """A progress bar over the bytes of the files, on stderr, when they are long."""
    sizes = [Path(path).stat().st_size for path in paths if path != "-" and Path(path).is_file()]
    total = sum(sizes) if len(sizes) == len(paths) else None
    console = Console(stderr=True)
    if not console.is_terminal or (total is not None and total < _PROGRESS_FROM_BYTES):
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
    """A progress bar with rate and remaining time, on stderr; call it with (more rows, total)."""
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


def backfill_summary(result: BackfillResult) -> str:
    """One line a fact: what was linked, what was not, and why."""
    rate = result.seen / result.seconds if result.seconds else 0
    lines = [
        f"{result.linked:,} message(s) linked, {result.seen:,} looked at in {result.seconds:.1f} s "
        f"({rate:,.0f} a second)",
        f"{result.unified:,} conversation(s) went into another one of the same person",
    ]
    lines += [f"{row['messages']:,} in no thread: {row['reason']}" for row in result.unlinked]
    if result.failed:
        lines.append(f"{result.failed} failed; the next backfill tries them again:")
        lines += [
            f"  message {row['message_id']}, business {row['business_id']}: {row['error']}"
            for row in result.failures
        ]
    return "\n".join(lines)


def audit_summary(audit: Audit) -> str:
    """What the audit found, a line a fact."""
    lines = [
        f"{audit.messages:,} message(s) of {audit.people:,} people and groups in "
        f"{audit.threads:,} thread(s)",
        f"{audit.split_people:,} people are split into {audit.split_threads:,} threads",
    ]
    for example in audit.examples:
        threads = ", ".join(example.threads)
        if example.thread_count > len(example.threads):
            threads += ", …"
        lines.append(
            f"  business {example.business_id}: {example.messages:,} messages in "
            f"{example.thread_count} threads: {threads}"
        )
    duration = f", in about {_duration(audit.seconds)}" if audit.to_link else ""
    lines.append(f"{audit.to_link:,} message(s) to link{duration}")
    lines += [f"{row['messages']:,} would stay unlinked: {row['reason']}" for row in audit.unlinked]
    if audit.is_region_unknown:
        lines.append(
            "National numbers (050-1234567) identified nobody: say in which country they were "
            "typed, --default-region IL."
        )
    return "\n".join(lines)


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{max(round(seconds), 1)} s"
    return f"{round(seconds / 60)} min"


def reject_line(row: dict[str, Any]) -> str:
    """A reject in one line."""
    where = f"{row['provider']} {row['origin']}, business {row['business_id']}"
    reason, start = one_line(row["reason"], 80), one_line(row["payload"], 60)
    return f"{row['id']:>5}  {_time(row['received_at'])}  {where}: {reason}  {start}"


def json_rows(rows: list[dict[str, Any]]) -> str:
    """Rows as a JSON array; ids are strings."""
    return json.dumps(list(map(_plain, rows)), ensure_ascii=False, indent=2, default=_encode)


def stale_phone_line(row: dict[str, Any]) -> str:
    """A stored number that is read differently: what it was, what it is, whom it meets."""
    times = f", {row['rows']} times" if row["rows"] > 1 else ""
    meets = (
        f"; thread {row['conversation_id']} meets {row['other_conversation_id']}"
        if row["other_conversation_id"] is not None
        else ""
    )
    return (
        f"business {row['business_id']}: {one_line(row['raw'], 40)} ({row['source']}{times}): "
        f"{row['before'] or 'nobody'} -> {row['after'] or 'nobody'}{meets}"
    )


def json_line(row: dict[str, Any]) -> str:
    """A row as JSON in one line; ids are strings."""
    return json.dumps(_plain(row), ensure_ascii=False, default=_encode)


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {
        name: str(value) if name in _ID_COLUMNS and value is not None else value
        for name, value in row.items()
    }


def _encode(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def one_line(text: str, width: int) -> str:
    """The text without line breaks and control characters, cut to the width."""
    text = "".join(character if character.isprintable() else " " for character in text)
    return text if len(text) <= width else text[: width - 1] + "…"


def _content(kind: str, body: str | None) -> str:
    if kind == "text":
        return one_line(body or "", 60)
    return one_line(f"[{kind}] {body or ''}".rstrip(), 60)


def _arrow(direction: str) -> str:
    return {"inbound": "[green]←[/]", "outbound": "[blue]→[/]"}.get(direction, " ")


def _time(value: datetime) -> str:
    return value.astimezone().strftime("%Y-%m-%d %H:%M")
