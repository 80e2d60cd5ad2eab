"""Text for people to look at: what cannot be seen in it, or turns what stands around it."""

from __future__ import annotations

import re

# The marks of right-to-left scripts and the joiners stay: without them ordinary text reads wrong.
_UNSEEN = (
    r"\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    r"\u200b\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb\U000e0000-\U000e0fff"
)
_DROPPED = re.compile(f"[{_UNSEEN}]+")
_EMPTY = re.compile(f"[{_UNSEEN}\\s\u061c\u200c-\u200f\u2800\ufe00-\ufe0f]*")
_MOST_NAMED = 8


def visible_text(text: str) -> str:
    """The text without invisible and direction-changing characters; their names, when it has
    nothing else."""
    if text.isascii() and text.isprintable():
        return text
    if not text.isspace() and _EMPTY.fullmatch(text):
        names = [f"U+{ord(character):04X}" for character in text[:_MOST_NAMED]]
        return " ".join(names) + ("…" if len(text) > _MOST_NAMED else "")
    return _DROPPED.sub("", text)
