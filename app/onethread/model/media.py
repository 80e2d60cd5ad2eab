"""What people are told of whatsapp_message.media, whatever program wrote it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

_FILES = ("audio", "document", "image", "sticker", "video", "voice")
_NAMES = ("filename", "file_name", "fileName", "name", "address")
_TYPES = ("mime_type", "mimetype")
_LONGEST = 120
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


def body_parts(body: str, media: Any) -> Iterator[tuple[str, bool]]:
    """The body in parts, each with whether it is the address of the map that the place of the
    message is on. Other addresses in a body are a stranger's, and stay text."""
    place = media.get("place", media) if isinstance(media, dict) else None
    url = place.get("map_url") if isinstance(place, dict) else None
    if not (isinstance(url, str) and _MAP.fullmatch(url) and url in body):
        yield body, False
        return
    before, _, after = body.rpartition(url)
    yield from ((part, part == url) for part in (before, url, after) if part)
