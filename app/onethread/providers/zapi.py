"""Z-API: {type, instanceId, phone, chatLid, fromMe, messageId, momment, ...}, one event a POST.

Phones are digits alone, groups are called {id}-group. senderLid is of whoever wrote: on our own
messages it may be ours, so only chatLid names the chat then.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from onethread.errors import PayloadError
from onethread.providers.addresses import direction, unnamed_list, with_server
from onethread.providers.baileys_events import EVENT_ANSWERS
from onethread.providers.envelope import Envelope, read_parties
from onethread.providers.result import (
    ProviderResult,
    as_list,
    identifier,
    items,
    mapping,
    text,
    time_of,
)
from onethread.providers.zapi_content import read_content

Fields = Mapping[str, Any]

_STATUSES = {
    "PLAYED": "played",
    "READ": "read",
    "READ_BY_ME": "read",
    "RECEIVED": "delivered",
    "SENT": "sent",
}
_NOTICES = ("ConnectedCallback", "DisconnectedCallback", "PresenceChatCallback")


def read_payload(payload: Any) -> ProviderResult:
    """Reads one webhook POST body.

    Raises:
        PayloadError: it is none of Z-API's.
    """
    if not isinstance(payload, Mapping) or not isinstance(payload.get("type"), str):
        raise PayloadError("not a Z-API event: there is no text 'type'")
    if "instanceId" not in payload and not payload["type"].endswith("Callback"):
        raise PayloadError("not a Z-API event: there is no 'instanceId'")
    result = ProviderResult()
    kind = payload["type"]
    if kind.lower() == "receivedcallback":
        _read_received(payload, result)
    elif kind == "DeliveryCallback":
        status = "failed" if payload.get("error") else "sent"
        envelope = _envelope(payload, kind, is_from_me=True)
        envelope.add_status(result, status, [envelope.key.id], text(payload.get("error")))
    elif kind == "MessageStatusCallback":
        name = identifier(payload.get("status")) or ""
        envelope = _envelope(payload, kind, is_from_me=name != "READ_BY_ME")
        ids = map(identifier, as_list(payload.get("ids")))
        envelope.add_status(result, _STATUSES.get(name), ids)
    else:
        result.count(kind, _NOTICES, payload)
    return result


def _envelope(raw: Fields, kind: str, *, is_from_me: bool) -> Envelope:
    chat = _address(raw.get("phone"), is_group=raw.get("isGroup") is True)
    is_of_many = (chat or "").endswith(("@g.us", "@newsletter"))
    lids = ("participantLid", "senderLid") if is_of_many else ("senderLid",)
    sender = [
        _address(raw.get("participantPhone")) if is_of_many else None,
        *(with_server(raw.get(name), "lid") for name in lids),
    ]
    own = [with_server(raw.get("connectedPhone"), "c.us")]
    key = read_parties(
        identifier(raw.get("messageId")),
        is_from_me,
        [chat, None if is_of_many else with_server(raw.get("chatLid"), "lid")],
        [] if is_from_me else sender,
        own,
    )
    return Envelope(
        provider="zapi",
        event=kind,
        key=replace(key, list_address=key.list_address or unnamed_list(raw)),
        raw=raw,
        time=time_of(raw.get("momment")),
        name=raw.get("senderName"),
        source="send_response" if is_from_me and raw.get("fromApi") is True else "gateway",
    )


def _address(value: Any, *, is_group: bool = False) -> str | None:
    address = with_server(value, "g.us" if is_group else "c.us")
    if address and "@" not in address and (is_group or address.endswith("-group")):
        return f"{address.removesuffix('-group')}@g.us"
    return address


def _read_received(raw: Fields, result: ProviderResult) -> None:
    is_from_me = raw.get("fromMe") is True
    envelope = _envelope(raw, "ReceivedCallback", is_from_me=is_from_me)
    notice = identifier(raw.get("notification"))
    reference = identifier(raw.get("referenceMessageId"))
    if notice == "REVOKE":
        envelope.add_change(result, "revoked", reference or envelope.key.id)
    elif notice or raw.get("pinMessage"):
        result.ignored[notice or "pinMessage"] += 1
    elif reaction := mapping(raw.get("reaction")):
        target = mapping(reaction.get("referencedMessage"))
        way = direction(target["fromMe"]) if isinstance(target.get("fromMe"), bool) else None
        name, body = identifier(target.get("messageId")), text(reaction.get("value"))
        envelope.add_change(result, "reaction", name, body, way)
    elif vote := mapping(raw.get("pollVote")):
        options = (text(each.get("name")) for each in items(vote.get("options")))
        body, target_id = ", ".join(filter(None, options)), identifier(vote.get("pollMessageId"))
        envelope.add_change(result, "vote", target_id, body or None)
    elif answer := mapping(raw.get("eventResponse")):
        target = mapping(answer.get("referencedMessage"))
        body = EVENT_ANSWERS.get(str(answer.get("response")))
        envelope.add_change(result, "vote", identifier(target.get("messageId")), body)
    elif raw.get("isEdit") is True:
        body = text(mapping(raw.get("text")).get("message"))
        envelope.add_change(result, "edited", envelope.key.id, body)
    else:
        envelope.add_names(result, subject=raw.get("chatName"))
        envelope.add_message(result, read_content(raw), reference)
