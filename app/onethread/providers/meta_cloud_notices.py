"""What the Cloud API tells about people besides messages: notices, calls, answers to a send."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from onethread.model.evidence import Evidence
from onethread.model.message import PLACEHOLDER, Message
from onethread.providers.addresses import add_pairs, bsuid, wa_id, without_lies
from onethread.providers.meta_cloud_change import Change
from onethread.providers.result import ProviderResult, first, identifier, mapping, text, time_of

_CHANGES = ("user_changed_number", "user_changed_user_id", "customer_changed_number")

_GROUP = "Y2FwaV9ncm91cD"  # capi_group: in Base64


def read_system(message: Mapping[str, Any], change: Change) -> None:
    """A notice that a customer has another number or user id. It has no contacts."""
    system = mapping(message.get("system"))
    kind = identifier(system.get("type")) or "unknown"
    time = time_of(message.get("timestamp"))
    count = len(change.result.evidence)
    if kind in _CHANGES:
        source = f"meta_cloud system {kind}"
        sender = first(message, "from") or system.get("customer")
        new_phone = wa_id(first(system, "wa_id", "new_wa_id"))
        old_phone = wa_id(sender) if not change.is_own(identifier(sender)) else None
        if new_phone and old_phone and old_phone[0] == "+":
            _add_replaced(change.result, old_phone, new_phone, source, time)
        for name in ("user_id", "parent_user_id"):
            old, new = bsuid(system.get(f"previous_{name}")), bsuid(system.get(name))
            _add_replaced(change.result, old, new, source, time)
        new_names = [new_phone, bsuid(system.get("user_id")), bsuid(system.get("parent_user_id"))]
        add_pairs(change.result, new_names, source, time)
    if len(change.result.evidence) == count:
        change.result.unread[f"system {kind}"] += 1


def _add_replaced(
    result: ProviderResult, old: str | None, new: str | None, source: str, time: datetime | None
) -> None:
    if old and new and old != new:
        result.evidence.append(
            Evidence(a=old, b=new, relation="replaced", source=source, observed_at=time)
        )


def read_call(call: Mapping[str, Any], change: Change) -> None:
    """A call is counted; its parties are named as those of a message are."""
    change.result.ignored["call"] += 1
    sides = ("from", "to")
    if call.get("direction") == "BUSINESS_INITIATED":
        sides = ("to", "from")
    for side in sides:
        names = (side, f"{side}_user_id", f"{side}_parent_user_id")
        person = [identifier(call.get(name)) for name in names]
        if any(person) and not change.is_own(person[0]):
            _, known = change.match(person)
            change.add_evidence(known, "call", time_of(call.get("timestamp")))
            return


def read_send_response(payload: Mapping[str, Any], result: ProviderResult) -> None:
    """The HTTP answer to a send: `input` is the number as it was written, `wa_id` the account's
    own spelling of it, `user_id` the account's id. It does not say what was sent.
    """
    people = [_receiver(contact) for contact in result.objects(payload.get("contacts"))]
    sent = result.objects(payload.get("messages"))
    if len(people) == 1 and people[0]:
        for message in sent:
            result.messages.append(_sent_message(message, people[0]))
    else:
        for names in people:
            add_pairs(result, names, "meta_cloud send response")
        result.unread["send response"] += 1


def _receiver(contact: Mapping[str, Any]) -> list[str]:
    group = identifier(contact.get("wa_id") or contact.get("input"))
    if group and group.startswith(_GROUP):
        return [group]
    phone = wa_id(contact.get("wa_id"))
    user = [bsuid(contact.get(name)) for name in ("user_id", "parent_user_id")]
    names = [phone, _international(contact.get("input"), phone), *user]
    return without_lies(names)


def _sent_message(message: Mapping[str, Any], names: list[str]) -> Message:
    return Message(
        direction="outbound",
        to_number=names[0],
        contact_aliases=names[1:] or None,
        source="send_response",
        kind=PLACEHOLDER,
        provider="meta_cloud",
        provider_message_id=text(message.get("id")),
        payload=dict(message),
    )


def _international(written: Any, phone: str | None) -> str | None:
    """The number as it was written, if it is one that is complete: Meta puts the business's own
    country code before a number without one."""
    name = identifier(written)
    number = wa_id(name)
    if name is None or number is None or name.strip().startswith("+") or number[0] != "+":
        return number
    digits = number[1:]
    is_local = digits.startswith("0") or (phone or "").endswith(digits) or phone is None
    has_same_country = (phone or "")[1:3] == digits[:2]
    return number if has_same_country and not is_local else None
