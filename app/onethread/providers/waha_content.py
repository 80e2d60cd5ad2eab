"""The content of a message of WAHA: in its own few fields, and in the engine's beside them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from onethread.model.message import PLACEHOLDER
from onethread.providers import web_content
from onethread.providers.baileys_content import PLACEHOLDER_TYPE, Content
from onethread.providers.baileys_message import unreadable
from onethread.providers.content import FILE_KINDS, Shown, kind_of_file, note
from onethread.providers.result import mapping, text


def read_content(raw: Mapping[str, Any], content: Content) -> Shown:
    """What the message shows, by the engine's content where that is known."""
    shown, body = _engines(raw, content), text(raw.get("body"))
    media = mapping(raw.get("media"))
    if media or raw.get("hasMedia") is True:
        kind = shown.kind if shown.kind != "unknown" else kind_of_file(media.get("mimetype"))
        shown = Shown(kind, shown.body, dict(media) if media else shown.media)
    elif shown.kind == "unknown" and (shown.body or body) is None:
        return _placeholder(raw, content) or shown
    elif shown.kind == "unknown":
        return note("text", body or shown.body)
    is_plain = shown.kind in ("text", *FILE_KINDS)
    # The engine's text may go on with the advertisement.
    if is_plain and body and not (shown.body or "").startswith(body):
        return replace(shown, body=body)
    return shown


def _placeholder(raw: Mapping[str, Any], content: Content) -> Shown | None:
    """What WAHA itself was not shown."""
    is_view_once = mapping(mapping(raw.get("_data")).get("key")).get("isViewOnce") is True
    is_masked = content.type == PLACEHOLDER_TYPE
    if not (is_view_once or is_masked):
        return None
    return Shown(PLACEHOLDER, unreadable(is_view_once=is_view_once, is_masked=is_masked))


def _engines(raw: Mapping[str, Any], content: Content) -> Shown:
    """NOWEB and GOWS show the protobuf, WEBJS the message of WhatsApp Web; without either WAHA's
    own fields are WhatsApp Web's."""
    if content.shown.kind != "unknown":
        return content.shown
    fields = {**mapping(raw.get("_data")), **_own_fields(raw)}
    if "type" not in fields:
        fields["type"] = next((kind for name, kind in _TYPES if raw.get(name)), "unknown")
    shown = web_content.read_content(fields)
    return shown if shown.kind != "unknown" else content.shown


_TYPES = (("location", "location"), ("vCards", "multi_vcard"))


def _own_fields(raw: Mapping[str, Any]) -> dict[str, Any]:
    return {name: raw[name] for name in ("location", "vCards") if raw.get(name)}
