"""The content of a WhatsApp message as linked-device libraries hand it over (the protobuf as JSON).

Baileys, Evolution, baileys-api, WAHA (NOWEB, GOWS) and whatsmeow all show the same protobuf; the
Go ones write ID and URL where the others write id and url.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from onethread.providers.content import Shown
from onethread.providers.protobuf_content import READERS, shown_of
from onethread.providers.result import first, identifier, mapping

# Content that is no message of its own.
NOT_A_MESSAGE = {
    "encCommentMessage": "comment",
    "encReactionMessage": "reaction",
    "protocolMessage": "protocol",
    "reactionMessage": "reaction",
    "call": "call",
    "callLogMesssage": "call",
    "encEventResponseMessage": "event_response",
    "keepInChatMessage": "keep",
    "messageHistoryBundle": "protocol",
    "messageHistoryNotice": "protocol",
    "pinInChatMessage": "pin",
    "pollUpdateMessage": "poll_vote",
    "scheduledCallEditMessage": "event",
    "secretEncryptedMessage": "encrypted",
    "stickerSyncRmrMessage": "protocol",
    "fastRatchetKeySenderKeyDistributionMessage": "protocol",
    "senderKeyDistributionMessage": "protocol",
    "messageContextInfo": "protocol",
}
# Of these, what another device needs to decrypt. It comes beside content of any kind, known or not,
# and counts where nothing else is there.
_FOR_DECRYPTION = (
    "fastRatchetKeySenderKeyDistributionMessage",
    "senderKeyDistributionMessage",
    "messageContextInfo",
)
PLACEHOLDER_TYPE = "placeholderMessage"
"""Stands in place of a message that linked devices are not shown."""
# Of these, what is of no interest to anybody who reads the thread.
NOTICES = ("call", "keep", "pin", "protocol")


@dataclass(frozen=True)
class Content:
    """The content of one message, unwrapped."""

    type: str
    """The protobuf field, known or not; "" when there is nothing."""
    fields: Mapping[str, Any]

    @cached_property
    def shown(self) -> Shown:
        """What the reader of the thread sees of it."""
        return shown_of(self.type, self.fields)

    @property
    def kind(self) -> str:
        """What whatsapp_message.kind says."""
        return self.shown.kind

    @property
    def body(self) -> str | None:
        """The text to show."""
        return self.shown.body

    @property
    def media(self) -> dict[str, Any] | None:
        """The file, or the details of the content."""
        return self.shown.media

    @property
    def reply_to(self) -> str | None:
        """The id of the quoted message."""
        context = mapping(self.fields.get("contextInfo"))
        return identifier(first(context, "stanzaId", "stanzaID"))


def read_content(message: Any) -> Content:
    """The content of a protobuf message, unwrapped however often it is wrapped.

    A wrapper (ephemeralMessage, viewOnceMessage, editedMessage, deviceSentMessage, ...) is any
    field that holds {message: {...}}; new ones keep coming.
    """
    inner: Mapping[str, Any] = mapping(message)
    while inner:
        message = inner
        wrapped = (mapping(mapping(field).get("message")) for field in message.values())
        inner = next(filter(None, wrapped), {})
    there = {name: value for name, value in mapping(message).items() if value is not None}
    names = [name for name in there if name not in _FOR_DECRYPTION] or there
    known = (name for name in (*READERS, *NOT_A_MESSAGE) if name in names)
    name = next(known, None) or next(iter(names), "")
    value = there.get(name, {})
    return Content(name, value if isinstance(value, Mapping) else {"text": value})
