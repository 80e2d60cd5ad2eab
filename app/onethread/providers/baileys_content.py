"""The content of a WhatsApp message as linked-device libraries hand it over (the protobuf as JSON).

Baileys, Evolution, baileys-api, WAHA (NOWEB, GOWS) and whatsmeow all show the same protobuf; the
Go ones write ID and URL where the others write id and url.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from onethread.providers.result import first, identifier, mapping, text

_KINDS = {
    "albumMessage": "album",
    "audioMessage": "audio",
    "buttonsMessage": "interactive",
    "buttonsResponseMessage": "interactive",
    "contactMessage": "contacts",
    "contactsArrayMessage": "contacts",
    "conversation": "text",
    "documentMessage": "document",
    "eventMessage": "event",
    "extendedTextMessage": "text",
    "groupInviteMessage": "group_invite",
    "highlyStructuredMessage": "template",
    "imageMessage": "image",
    "interactiveMessage": "interactive",
    "interactiveResponseMessage": "interactive",
    "invoiceMessage": "payment",
    "listMessage": "interactive",
    "listResponseMessage": "interactive",
    "liveLocationMessage": "location",
    "locationMessage": "location",
    "orderMessage": "order",
    "paymentInviteMessage": "payment",
    "pollCreationMessage": "poll",
    "pollCreationMessageV2": "poll",
    "pollCreationMessageV3": "poll",
    "pollCreationMessageV5": "poll",
    "productMessage": "product",
    "ptvMessage": "video",
    "requestPaymentMessage": "payment",
    "requestPhoneNumberMessage": "interactive",
    "scheduledCallCreationMessage": "event",
    "sendPaymentMessage": "payment",
    "stickerMessage": "sticker",
    "stickerPackMessage": "sticker",
    "templateButtonReplyMessage": "interactive",
    "templateMessage": "template",
    "videoMessage": "video",
}
# Content that is no message of its own. What another device needs to decrypt comes beside real
# content too, so it is looked for last.
NOT_A_MESSAGE = {
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
    "placeholderMessage": "placeholder",
    "pollUpdateMessage": "poll_vote",
    "scheduledCallEditMessage": "event",
    "secretEncryptedMessage": "encrypted",
    "stickerSyncRmrMessage": "protocol",
    "fastRatchetKeySenderKeyDistributionMessage": "protocol",
    "senderKeyDistributionMessage": "protocol",
    "messageContextInfo": "protocol",
}
# Of these, what is of no interest to anybody who reads the thread.
NOTICES = ("call", "keep", "pin", "placeholder", "protocol")
_MEDIA_KINDS = {"audio", "document", "image", "sticker", "video"}
_MEDIA_FIELDS = ("caption", "fileLength", "fileName", "mimetype", "seconds")
_TEXT_FIELDS = (
    "text",
    "caption",
    "contentText",
    "selectedDisplayText",
    "hydratedContentText",
    "title",
    "description",
    "name",
    "displayName",
    "address",
)
_INNER = ("body", "hydratedTemplate", "hydratedFourRowTemplate", "interactiveMessageTemplate")


@dataclass(frozen=True)
class Content:
    """The content of one message, unwrapped."""

    type: str
    """The protobuf field; "unknown" for a type that is not known, "" when there is nothing."""
    fields: Mapping[str, Any]

    @property
    def kind(self) -> str:
        """What whatsapp_message.kind says."""
        return _KINDS.get(self.type, "unknown")

    @property
    def body(self) -> str | None:
        """The text to show."""
        for fields in (self.fields, *(mapping(self.fields.get(name)) for name in _INNER)):
            for name in _TEXT_FIELDS:
                value = fields.get(name)
                if isinstance(value, str) and (body := text(value)):
                    return body
        return None

    @property
    def media(self) -> dict[str, Any] | None:
        """What there is to know about the file, if it is one."""
        if self.kind not in _MEDIA_KINDS:
            return None
        media = {name: self.fields[name] for name in _MEDIA_FIELDS if name in self.fields}
        if (url := first(self.fields, "url", "URL")) is not None:
            media["url"] = url
        return media

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
    message = mapping(message)
    for name in (*_KINDS, *NOT_A_MESSAGE):
        value = message.get(name)
        if value is not None:
            return Content(name, value if isinstance(value, Mapping) else {"text": value})
    return Content("unknown" if message else "", {})
