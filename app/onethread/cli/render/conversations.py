"""The inbox and a thread.

An address is never broken or cut, so that it can be copied: each entry is some lines, not a row of
a table.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from rich.console import Console
from rich.text import Text

from onethread.cli.render.text import local_time, one_line
from onethread.model.media import media_detail

_GAP = "  "
_LONGEST_ADDRESS = 255
_LONGEST_CONTENT = 200
_LONGEST_BODY = 4000
_LONGEST_NAME = 30
_NARROWEST_CONTENT = 20


def print_inbox(console: Console, rows: list[dict[str, Any]]) -> None:
    """The sidebar: each conversation with its id, its addresses and its last message."""
    if not rows:
        console.print("No conversation.")
        return
    width = max(len("Id"), *(len(str(row["conversation_id"])) for row in rows))
    console.print(_head("Id", "Last message", width, "Conversation and its addresses"))
    for row in rows:
        title = row["title"] or "-"
        addresses = [one_line(address, _LONGEST_ADDRESS) for address in row["addresses"]]
        if title not in addresses:
            addresses.insert(0, one_line(title, _LONGEST_NAME))
        names = [Text(each, "bold" if each == addresses[0] else "") for each in addresses]
        _print_entry(
            console,
            f"{row['conversation_id']:>{width}}{_GAP}{local_time(row['sent_at'])}",
            names,
            Text.assemble(
                _arrow(row["direction"]), " ", _content(row["message_kind"], row["body"])
            ),
        )


def print_thread(console: Console, rows: list[dict[str, Any]]) -> None:
    """One conversation in the order of reading, the newest message last."""
    ids = {row["conversation_id"] for row in rows} - {None}
    if ids:
        console.print(f"Conversation {', '.join(map(str, sorted(ids)))}", highlight=False)
    if not rows:
        console.print("No message.")
        return
    width = max(len("Id"), *(len(str(row["id"])) for row in rows))
    console.print(_head("Id", "Sent", width, "By, address as written, message"))
    for row in reversed(rows):
        inbound = row["direction"] == "inbound"
        address = (row["from_number"] if inbound else row["to_number"]) or row["to_number"]
        by = Text.assemble(
            _arrow(row["direction"]),
            " ",
            (one_line(row["sender_name"] or row["source"] or "-", _LONGEST_NAME), "bold"),
        )
        names = [by, Text(one_line(address or "-", _LONGEST_ADDRESS))]
        if inbound and row["participant"]:
            names.insert(1, Text(one_line(row["participant"], _LONGEST_ADDRESS)))
        if row["conversation_id"] is None:
            names.append(Text("not linked yet", "italic"))
        if not inbound and (state := _state(row)):
            names.append(Text(state, "italic"))
        _print_entry(
            console,
            f"{row['id']:>{width}}{_GAP}{local_time(row['sent_at'])}",
            names,
            Text(_shown(row)),
        )


def _shown(row: dict[str, Any]) -> str:
    """The content as it is now, in its lines: nothing when its author deleted it; marked when
    another did."""
    if row["revoked_at"]:
        return _content("deleted", row["body"])
    kind, body = row["kind"], row["body"]
    name = one_line(media_detail(kind, row["media"], body), _LONGEST_CONTENT)
    label = " ".join(filter(None, (_label(kind, body), name)))
    gap = "\n" if label and "\n" in (body or "") else " "
    content = _lines(f"{label}{gap}{body or ''}")
    if not (deleter := row["deleted_by"]):
        return content
    name = "us" if deleter == "business" else one_line(deleter, _LONGEST_ADDRESS)
    return f"[deleted by {name}] {content}"


def _state(row: dict[str, Any]) -> str:
    """What is to be known of a message that was not simply sent."""
    status, note, send_after = row["status"], row["delivery_note"], row["send_after"]
    if status in (None, "queued") and send_after and send_after > datetime.now(UTC):
        return f"scheduled, not before {local_time(send_after)}"
    if status == "queued":
        return "queued"
    if status == "sending":
        return "being sent"
    if status == "failed":
        return one_line(f"failed: {note}" if note else "failed", _LONGEST_CONTENT)
    return one_line(note or "", _LONGEST_CONTENT)


def _head(first: str, second: str, width: int, third: str) -> Text:
    return Text(f"{first:>{width}}{_GAP}{second:<16}{_GAP}{third}", "bold")


def _print_entry(console: Console, start: str, names: list[Text], content: Text) -> None:
    """The names behind the start, the content below them."""
    indent = len(start) + len(_GAP)
    lines = [Text()]
    for name in names:
        if lines[-1] and indent + lines[-1].cell_len + len(_GAP) + name.cell_len > console.width:
            lines.append(Text())
        if lines[-1]:
            lines[-1].append(_GAP)
        lines[-1].append_text(name)
    lines += content.wrap(console, max(console.width - indent, _NARROWEST_CONTENT))
    for number, line in enumerate(lines):
        margin = f"{start}{_GAP}" if number == 0 else " " * indent
        # soft_wrap: what is longer than the line is the terminal's to wrap, which copies it whole.
        console.print(Text(margin).append_text(line), soft_wrap=True, highlight=False)


def _content(kind: str | None, body: str | None) -> str:
    return one_line(f"{_label(kind, body)} {body or ''}".strip(), _LONGEST_CONTENT)


def _label(kind: str | None, body: str | None) -> str:
    """What a message is that is not its text alone, or has none."""
    if kind in (None, "text"):
        return "" if (body or "").strip() else "[no text]"
    return f"[{kind}]"


def _lines(text: str) -> str:
    """The text with its lines, each without control characters."""
    if len(text) > _LONGEST_BODY:
        text = f"{text[: _LONGEST_BODY - 1]}…"
    return "\n".join(one_line(line, _LONGEST_BODY) for line in text.strip().split("\n"))


def _arrow(direction: str) -> Text:
    styles = {"inbound": ("←", "green"), "outbound": ("→", "blue")}
    return Text(*styles.get(direction, (" ", "")))
