"""What people are told of whatsapp_message.media, whatever program wrote it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

_FILES = ("audio", "document", "image", "sticker", "video", "voice")
_NAMES = ("filename", "file_name", "fileName", "name", "address")
_TYPES = ("mime_type", "mimetype")
_LONGEST = 120
# Printable ASCII only: what is shown is where it leads. No mark that ends a sentence is part of it.
_LINK = re.compile(r"https?://[!#-;=?-\[\]_a-z~%]{1,2000}[A-Za-z0-9/_~=&#%+-]", re.ASCII | re.I)
_MAP = re.compile(r"https://maps\.google\.com/\?q=-?[0-9.]{1,12},-?[0-9.]{1,12}")


def is_file(kind: str | None) -> bool:
    """Whether a message is a file, and its body no more than what was written with it."""
    return kind in _FILES


def media_detail(kind: str | None, media: Any, body: str | None) -> str:
    """The name of a file, or of what has no text of its own."""
    if not isinstance(media, dict) or (body and not is_file(kind)):
        return ""
    for name in (*_NAMES, *(_TYPES if kind == "document" else ())):
        if isinstance(media.get(name), str) and media[name]:
            return str(media[name])[:_LONGEST]
    return ""


def body_parts(body: str, media: Any) -> Iterator[tuple[str, str]]:
    """The body in parts, each with what it is: "map", the address of the map that the place of the
    message is on; "link", another address of the web, which shows where it leads; "" for text."""
    place = media.get("place", media) if isinstance(media, dict) else None
    url = place.get("map_url") if isinstance(place, dict) else None
    if not (isinstance(url, str) and _MAP.fullmatch(url) and url in body):
        yield from _links(body)
        return
    before, _, after = body.rpartition(url)
    yield from _links(before)
    yield url, "map"
    yield from _links(after)


def _links(text: str) -> Iterator[tuple[str, str]]:
    at = 0
    for found in _LINK.finditer(text):
        if found.start() > at:
            yield text[at : found.start()], ""
        yield found[0], "link"
        at = found.end()
    if at < len(text):
        yield text[at:], ""
