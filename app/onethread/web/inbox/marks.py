"""The words of a search, marked where they stand in a text."""

from __future__ import annotations

import re
import unicodedata

from markupsafe import Markup, escape

from onethread.messages.visible import visible_text

_BEFORE = 40
"""So much of a long text stands before the first word that was found."""


def marked(text: str | None, query: str, most: int | None = None) -> Markup:
    """The text with each beginning of a word that was searched in a <mark>.

    Args:
        most: only so much of it, from a little before the first one.
    """
    shown = visible_text(text or "")
    places = _find(shown, query) if query else []
    start, end = 0, len(shown)
    if most is not None and end > most:
        start = max(0, places[0][0] - _BEFORE) if places and places[0][1] > most else 0
        end = start + most
    result = escape("…" if start else "")
    for first, last in places:
        if start <= first and last <= end:
            result += escape(shown[start:first]) + Markup("<mark>{}</mark>").format(
                shown[first:last]
            )
            start = last
    return result + escape(shown[start:end])


def _find(text: str, query: str) -> list[tuple[int, int]]:
    """Where each word that was searched begins, and where it ends."""
    words = [re.escape(word) for word in re.findall(r"\w+", _fold(query)[0])]
    if not words:
        return []
    folded, origins = _fold(text)
    return [
        (origins[found.start()], origins[found.end() - 1] + 1)
        for found in re.finditer(rf"(?<!\w)(?:{'|'.join(words)})", folded)
    ]


def _fold(text: str) -> tuple[str, list[int]]:
    """The text without capitals and accents, and where each of its characters comes from."""
    folded, origins = [], []
    for place, character in enumerate(text):
        for part in unicodedata.normalize("NFKD", character).lower():
            if not unicodedata.combining(part):
                folded.append(part)
                origins.append(place)
    return "".join(folded), origins
