"""Shared contacts. They say nothing about who is whom: anybody can share any card."""

from __future__ import annotations

import quopri
import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from typing import Any

from onethread.providers.content.shown import Shown
from onethread.providers.content.values import MOST_ITEMS, line, lines, present

_LONGEST = 500_000
_PROPERTY = re.compile(r"(?:[\w-]+\.)?([A-Za-z-]+)((?:;[^:]*)?):(.*)", re.DOTALL)
_WA_ID = re.compile(r"waid=([0-9]{5,25})", re.IGNORECASE)


@dataclass(frozen=True)
class Card:
    """One contact, with values as they came."""

    name: Any = None
    phones: Iterable[Any] = ()
    organization: Any = None
    emails: Iterable[Any] = ()
    others: Iterable[Any] = ()
    """Addresses, links, ..."""


def contacts(cards: Iterable[Card], caption: Any = None) -> Shown:
    """Contact cards: every name with its numbers."""
    known = [details for card in islice(cards, MOST_ITEMS) if (details := _details(card))]
    body = lines(caption, *map(_text, known))
    return Shown("contacts", body, present(contacts=known))


def _details(card: Card) -> dict[str, Any] | None:
    return present(
        name=line(card.name),
        organization=line(card.organization),
        phones=_several(card.phones),
        emails=_several(card.emails),
        others=_several(card.others),
    )


def _several(values: Iterable[Any]) -> list[str]:
    return list(dict.fromkeys(filter(None, map(line, islice(values, 20)))))


def _text(card: dict[str, Any]) -> str:
    name = ", ".join(filter(None, (card.get("name"), card.get("organization"))))
    ways = ", ".join(
        way
        for names in ("phones", "emails", "others")
        for way in card.get(names, ())
        if way != card.get("name")
    )
    return ": ".join(filter(None, (name, ways)))


def read_vcards(value: Any, name: Any = None) -> list[Card]:
    """The cards in a text of vCards; one with the name alone where there is none in it."""
    text = value[:_LONGEST] if isinstance(value, str) else ""
    cards = [_vcard(each, name) for each in re.split(r"(?i)BEGIN:VCARD", text)[1 : MOST_ITEMS + 1]]
    return cards or ([Card(name=name)] if line(name) else [])


def _vcard(text: str, name: Any) -> Card:
    found: dict[str, list[str]] = {}
    if "QUOTED-PRINTABLE" in text.upper():
        text = re.sub(r"=\r?\n", "", text)
    unfolded = re.sub(r"\r?\n[ \t]", "", text)
    for each in unfolded.splitlines()[:1000]:
        if match := _PROPERTY.fullmatch(each):
            label, parameters, content = match.groups()
            found.setdefault(label.upper(), []).append(_value(label, parameters, content))
    names = [*found.get("FN", ()), *found.get("N", ())]
    return Card(
        name=next(filter(line, names), None) or name,
        phones=found.get("TEL", ()),
        organization=next(iter(found.get("ORG", ())), None),
        emails=found.get("EMAIL", ()),
        others=[*found.get("ADR", ()), *found.get("URL", ())],
    )


def _value(label: str, parameters: str, content: str) -> str:
    if "QUOTED-PRINTABLE" in parameters.upper():
        content = quopri.decodestring(content.encode("utf-8", "replace")).decode("utf-8", "replace")
    if label.upper() == "TEL" and not line(content):
        return f"+{found[1]}" if (found := _WA_ID.search(parameters)) else ""
    content = content.removeprefix("tel:") if label.upper() == "TEL" else content
    parts = (part.strip() for part in re.split(r"(?<!\\);", content))
    joined = (" " if label.upper() == "N" else ", ").join(filter(None, parts))
    return re.sub(r"\\([,;\\])", r"\1", joined.replace("\\n", " ").replace("\\N", " "))
