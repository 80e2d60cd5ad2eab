"""What WhatsApp Web's messages are, as WPPConnect and WAHA's WEBJS hand them on: {type, subtype,
templateParams, ...}."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from onethread.providers.addresses import add_number_change, jid
from onethread.providers.result import ProviderResult, as_list, identifier

# Lines that WhatsApp Web shows in a thread and nobody wrote, and what changes an earlier message.
_NOTICES = (
    "broadcast_notification",
    "call_log",
    "ciphertext",
    "debug",
    "e2e_notification",
    "gp2",
    "group_notification",
    "keep_in_chat",
    "newsletter_notification",
    "notification",
    "notification_template",
    "pin_message",
    "pinned_message",
    "protocol",
    "reaction",
    "revoked",
)


_ACKS = {-1: "failed", 1: "sent", 2: "delivered", 3: "read", 4: "played"}


def ack_kind(ack: Any) -> str | None:
    """How far a message has come, by WhatsApp Web's number."""
    return _ACKS.get(ack) if isinstance(ack, int) and not isinstance(ack, bool) else None


def read_notice(
    raw: Mapping[str, Any], result: ProviderResult, source: str, time: datetime | None
) -> bool:
    """Whether it is no message but a notice; counts it, and adds a change of a number."""
    kind = identifier(raw.get("type"))
    if kind not in _NOTICES:
        return False
    if kind == "notification_template" and raw.get("subtype") == "change_number":
        names = [*map(jid, as_list(raw.get("templateParams")))]
        is_change = add_number_change(result, names, jid(raw.get("to")), source, time)
        kind = "change_number"
    elif kind == "gp2" and raw.get("subtype") == "modify":
        # A participant has another number; who is the old one is told both ways.
        names = [jid(raw.get("author")), *map(jid, as_list(raw.get("recipients")))]
        is_change = add_number_change(result, names, None, source, time)
    else:
        is_change = False
    if not is_change:
        result.ignored[kind] += 1
    return True
