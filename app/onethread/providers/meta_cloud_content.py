"""The content of a Cloud API message."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from onethread.providers.result import items, mapping, text

_MEDIA_KINDS = ("image", "video", "document", "audio", "sticker")


def media_of(message: Mapping[str, Any], kind: str) -> dict[str, Any] | None:
    """What there is to know about the file, if the message is one."""
    return dict(mapping(message.get(kind))) if kind in _MEDIA_KINDS else None


def body_of(message: Mapping[str, Any], kind: str) -> str | None:
    """The text to show."""
    content = mapping(message.get(kind))
    reply = mapping(content.get("button_reply")) or mapping(content.get("list_reply"))
    candidates = [
        content.get("body"),
        content.get("caption"),
        content.get("text"),
        reply.get("title"),
        mapping(content.get("nfm_reply")).get("body"),
        content.get("name"),
        content.get("address"),
        *_card_names(message, kind),
    ]
    return next((value for value in map(_words, candidates) if value), None)


def _words(value: Any) -> str | None:
    return text(value) if isinstance(value, str) else None


def _card_names(message: Mapping[str, Any], kind: str) -> list[Any]:
    cards = items(message.get("contacts")) if kind == "contacts" else []
    return [mapping(card.get("name")).get("formatted_name") for card in cards]
