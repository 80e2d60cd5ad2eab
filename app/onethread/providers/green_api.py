"""Green-API: {typeWebhook, instanceData, senderData, messageData, idMessage, timestamp}.

The id inside an edit or delete (stanzaId) says which message it is about, and nothing about whose.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from onethread.errors import PayloadError
from onethread.providers.addresses import is_same_account, jid
from onethread.providers.envelope import Envelope, read_parties
from onethread.providers.green_api_content import read_content
from onethread.providers.result import (
    ProviderResult,
    as_list,
    first,
    identifier,
    items,
    mapping,
    text,
    time_of,
)

Fields = Mapping[str, Any]

_MESSAGES = {
    "incomingMessageReceived": False,
    "outgoingAPIMessageReceived": True,
    "outgoingMessageReceived": True,
}
_STATUSES = {
    "delivered": "delivered",
    "failed": "failed",
    "noAccount": "failed",
    "notInGroup": "failed",
    "read": "read",
    "sent": "sent",
}
_NOTICES = (
    "deviceInfo",
    "incomingBlock",
    "incomingCall",
    "quotaExceeded",
    "stateInstanceChanged",
    "statusInstanceChanged",
)


def read_payload(payload: Any) -> ProviderResult:
    """Reads one webhook POST body, or an answer of ReceiveNotification, which wraps it in `body`.

    Raises:
        PayloadError: it is none of Green-API's, or of another messenger.
    """
    outer = mapping(payload)
    raw = mapping(outer.get("body")) if "receiptId" in outer else outer
    kind = raw.get("typeWebhook")
    if not isinstance(kind, str):
        raise PayloadError("not a Green-API event: there is no text 'typeWebhook'")
    instance = mapping(raw.get("instanceData"))
    if (messenger := instance.get("typeInstance")) not in (None, "whatsapp"):
        raise PayloadError(f"not of WhatsApp: the instance is of {messenger!a:.50}")
    result = ProviderResult()
    if kind in _MESSAGES:
        _read_message(raw, kind, result)
    elif kind == "outgoingMessageStatus":
        envelope = _envelope(raw, kind, is_from_me=True)
        status = _STATUSES.get(identifier(raw.get("status")) or "")
        detail = text(raw.get("description")) or identifier(raw.get("status"))
        envelope.add_status(result, status, [envelope.key.id], detail)
    else:
        result.count(kind, _NOTICES, raw)
    return result


def _envelope(raw: Fields, kind: str, *, is_from_me: bool) -> Envelope:
    sender = mapping(raw.get("senderData"))
    key = read_parties(
        identifier(raw.get("idMessage")),
        is_from_me,
        [jid(first(sender, "chatId") or raw.get("chatId"))],
        [] if is_from_me else [jid(sender.get("sender"))],
        [jid(mapping(raw.get("instanceData")).get("wid"))],
    )
    return Envelope(
        provider="green_api",
        event=kind,
        key=key,
        raw=raw,
        time=time_of(raw.get("timestamp")),
        name=sender.get("senderName"),
        source="send_response" if kind == "outgoingAPIMessageReceived" else "gateway",
    )


def _read_message(raw: Fields, kind: str, result: ProviderResult) -> None:
    message = mapping(raw.get("messageData"))
    envelope = _envelope(raw, kind, is_from_me=_MESSAGES[kind])
    sender = mapping(raw.get("senderData"))
    book, subject = sender.get("senderContactName"), sender.get("chatName")
    envelope.add_names(result, book=book, subject=subject)
    quoted = identifier(mapping(message.get("quotedMessage")).get("stanzaId"))
    extended = mapping(message.get("extendedTextMessageData"))
    match name := identifier(message.get("typeMessage")):
        case "editedMessage" | "deletedMessage":
            inner = mapping(message.get(f"{name}Data"))
            change = "edited" if name == "editedMessage" else "revoked"
            target, body = identifier(inner.get("stanzaId")), text(inner.get("textMessage"))
            envelope.add_change(result, change, target, body)
        case "reactionMessage":
            author = jid(mapping(message.get("quotedMessage")).get("participant"))
            own = jid(mapping(raw.get("instanceData")).get("wid"))
            way = None
            if author:
                way = "outbound" if is_same_account(author, own) else "inbound"
            envelope.add_change(result, "reaction", quoted, text(extended.get("text")), way)
        case "pollUpdateMessage":
            _read_vote(mapping(message.get("pollMessageData")), envelope, result)
        case _:
            reply = quoted or extended.get("stanzaId")
            envelope.add_message(result, read_content(name or "", message), reply)


def _read_vote(poll: Fields, envelope: Envelope, result: ProviderResult) -> None:
    """All votes until now; news are those of whom the envelope names."""
    voter = None if envelope.key.is_from_me else envelope.key.person[0]
    chosen = [
        text(option.get("optionName"))
        for option in items(poll.get("votes"))
        if any(is_same_account(jid(each), voter) for each in as_list(option.get("optionVoters")))
    ]
    body = ", ".join(filter(None, chosen))
    # Without a name among them it is not told whether a vote was taken back.
    target = identifier(poll.get("stanzaId")) if body else None
    envelope.add_change(result, "vote", target, body)
