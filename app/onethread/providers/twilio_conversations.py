"""Twilio Conversations: a message that a customer added, named by its author."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from onethread.model.message import Message
from onethread.providers.content import Shown, file, kind_of_file, note
from onethread.providers.content.values import parsed, present, whole
from onethread.providers.result import identifier, items, text, time_of


def read_added(form: Mapping[str, Any]) -> Message | None:
    """The message of onMessageAdded; None when its author is nobody on WhatsApp: what the business
    adds names no receiver."""
    author = identifier(form.get("Author")) or ""
    is_ours = (identifier(form.get("Source")) or "").upper() in ("API", "SDK")
    if is_ours or not author.lower().startswith("whatsapp:"):
        return None
    shown = _read(form)
    return Message(
        direction="inbound",
        from_number=author,
        source="webhook",
        kind=shown.kind,
        body=shown.body,
        media=shown.media,
        provider="twilio",
        provider_message_id=identifier(form.get("MessageSid")),
        sent_at=time_of(form.get("DateCreated")),
        payload=dict(form),
    )


def _read(form: Mapping[str, Any]) -> Shown:
    files = items(parsed(form.get("Media")))
    if not files:
        return note("text", form.get("Body"))
    first, *more = files
    media = present(
        sid=text(first.get("Sid")),
        filename=text(first.get("Filename")),
        mimetype=text(first.get("ContentType")),
        size=whole(first.get("Size")),
        more=[sid for each in more if (sid := text(each.get("Sid")))],
    )
    return file(kind_of_file(first.get("ContentType")), media or {}, form.get("Body"))
