"""What is shown of a message, and the kinds that say little: files, places, events, notes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from onethread.providers.content.values import line, lines, number, present, words
from onethread.providers.result import text as written

FILE_KINDS = frozenset({"audio", "document", "image", "sticker", "video"})


@dataclass(frozen=True)
class Shown:
    """A message as its reader sees it: three columns of whatsapp_message."""

    kind: str
    body: str | None = None
    """All that there is to read, in lines."""
    media: dict[str, Any] | None = None
    """The file; else the details of the content by name, for programs."""


def note(kind: str, *texts: Any, **details: Any) -> Shown:
    """What says no more than its words; one text alone stays as it was written."""
    body = written(texts[0]) if len(texts) == 1 else lines(*texts)
    return Shown(kind, body, present(**details))


def file(kind: str, fields: Mapping[str, Any], caption: Any = None) -> Shown:
    """A file with what the provider tells of it, under the provider's own names."""
    return Shown(kind, written(caption) if isinstance(caption, str) else None, dict(fields) or None)


def kind_of_file(mimetype: Any) -> str:
    """The kind of a file of which only the type is known."""
    family = (words(mimetype) or "").partition("/")[0].lower()
    return family if family in ("audio", "image", "video") else "document"


def location(
    latitude: Any,
    longitude: Any,
    *,
    name: Any = None,
    address: Any = None,
    caption: Any = None,
    is_live: bool = False,
) -> Shown:
    """A place, with a link to a map where it has coordinates."""
    place = _coordinates(latitude, longitude)
    url = f"https://maps.google.com/?q={place[0]},{place[1]}" if place else None
    body = lines(
        words(caption),
        "Live location" if is_live else None,
        words(name),
        words(address),
        f"{place[0]}, {place[1]}" if place else None,
        url,
    )
    details = present(
        latitude=float(place[0]) if place else None,
        longitude=float(place[1]) if place else None,
        name=words(name),
        address=words(address),
        map_url=url,
    )
    return Shown("location", body, details)


def _coordinates(latitude: Any, longitude: Any) -> tuple[str, str] | None:
    north, east = number(latitude), number(longitude)
    if north is None or east is None or abs(north) > 90 or abs(east) > 180:
        return None
    first, second = (f"{value:.6f}".rstrip("0").rstrip(".") for value in (north, east))
    return first, second


def event(
    name: Any,
    description: Any = None,
    *,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
    place: Shown | None = None,
    link: Any = None,
    is_canceled: bool = False,
) -> Shown:
    """An invitation to something that takes place at a time."""
    times = " - ".join(f"{at:%Y-%m-%d %H:%M} UTC" for at in (starts_at, ends_at) if at)
    body = lines(
        "Canceled" if is_canceled else None,
        words(name),
        times,
        place.body if place else None,
        words(link),
        words(description),
    )
    details = present(
        name=words(name),
        description=words(description),
        starts_at=starts_at.isoformat() if starts_at else None,
        ends_at=ends_at.isoformat() if ends_at else None,
        place=place.media if place else None,
        link=words(link),
        is_canceled=is_canceled or None,
    )
    return Shown("event", body, details)


def invite(name: Any, caption: Any = None, *, code: Any = None, address: Any = None) -> Shown:
    """An invitation to a group or a channel."""
    details = present(name=words(name), code=words(code), address=words(address))
    title = f"Invitation: {line(name)}" if line(name) else "Invitation"
    return Shown("group_invite", lines(words(caption), title), details)


def about(
    shown: Shown, *, headline: Any = None, text: Any = None, url: Any = None, product: Any = None
) -> Shown:
    """The same message with what its sender had before him: an advertisement, a product."""
    ad = line(headline) or line(text) or line(url)
    item = line(product)
    if ad is None and item is None:
        return shown
    more = lines(f"Ad: {ad}" if ad else None, f"Product: {item}" if item else None)
    body = "\n".join(filter(None, (shown.body, more)))
    details = present(
        ad=present(headline=words(headline), text=words(text), url=words(url)) if ad else None,
        product=item,
    )
    return replace(shown, body=body, media={**(shown.media or {}), **(details or {})})
