"""Pieces of text: times, content that is shown in one line."""

from __future__ import annotations

from datetime import datetime

from onethread.messages.visible import visible_text


def one_line(text: str, width: int) -> str:
    """The text without line breaks and what cannot be seen, cut to the width."""
    text = visible_text(text)
    text = "".join(character if character.isprintable() else " " for character in text)
    return text if len(text) <= width else text[: width - 1] + "…"


def local_time(value: datetime) -> str:
    """The time on this machine's clock, to the minute."""
    return value.astimezone().strftime("%Y-%m-%d %H:%M")
