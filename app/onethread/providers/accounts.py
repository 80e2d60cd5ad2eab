"""Which of the business's own accounts a payload comes from, as its envelope says.

Never from what a message says: that is its sender's to write.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from onethread.providers.addresses import jid, wa_id
from onethread.providers.result import first, identifier, items, mapping

# What the envelopes of gateways call the connection that they speak of.
_INSTANCES = (
    "connectionId",
    "instance",
    "instanceId",
    "instanceName",
    "session",
    "sessionId",
    "userID",
)


@dataclass(frozen=True)
class Account:
    """An own account, by what is said of it; both empty: nothing is."""

    names: tuple[str, ...] = ()
    """Its number, or another address."""
    instances: tuple[str, ...] = ()
    """What the provider calls it: an id, or the name of a gateway's instance."""


def read_accounts(provider: str, value: Any) -> list[Account]:
    """The accounts of a payload, one for each part of it that may be of another: the changes of a
    Cloud API webhook, else the payload as a whole."""
    if provider == "meta_cloud":
        return [_meta_account(entry, change) for entry, change in _changes(value)]
    return [_READERS.get(provider, _gateway_account)(mapping(value))]


def keep_parts(provider: str, value: Any, is_kept: Callable[[Account], bool]) -> Any:
    """The payload with those parts alone whose account is kept; null when there are none."""
    if not (provider == "meta_cloud" and _has_entries(value)):
        return value if all(map(is_kept, read_accounts(provider, value))) else None
    entries = []
    for entry in items(value["entry"]):
        changes = [
            change
            for change in items(entry.get("changes"))
            if is_kept(_meta_account(entry, change))
        ]
        entries += [{**entry, "changes": changes}] if changes else []
    return {**value, "entry": entries} if entries else None


def _has_entries(value: Any) -> bool:
    return isinstance(value, Mapping) and isinstance(value.get("entry"), list)


def _changes(value: Any) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    if _has_entries(value):
        for entry in items(value["entry"]):
            for change in items(entry.get("changes")):
                yield entry, change
    else:  # a change by itself, 360dialog's envelope, or what was in one
        payload = mapping(value)
        yield {}, {"value": first(payload, "value", "data") or payload}


def _meta_account(entry: Mapping[str, Any], change: Mapping[str, Any]) -> Account:
    metadata = mapping(mapping(change.get("value")).get("metadata"))
    ids = (metadata.get("phone_number_id"), entry.get("id"))
    return _account([wa_id(metadata.get("display_phone_number"))], ids)


def _evolution_account(envelope: Mapping[str, Any]) -> Account:
    return _account([jid(envelope.get("sender"))], [envelope.get("instance")])


def _waha_account(envelope: Mapping[str, Any]) -> Account:
    me = mapping(envelope.get("me"))
    return _account([jid(me.get("id")), jid(me.get("lid"))], [envelope.get("session")])


def _twilio_account(form: Mapping[str, Any]) -> Account:
    status = identifier(first(form, "MessageStatus", "SmsStatus"))
    is_inbound = status is None or status.lower() in ("received", "receiving")
    own = identifier(form.get("To" if is_inbound else "From")) or ""
    return _account([wa_id(own.removeprefix("whatsapp:"))], [form.get("AccountSid")])


def _gowa_account(envelope: Mapping[str, Any]) -> Account:
    return _account([jid(envelope.get("device_id"))], [envelope.get("session_id")])


def _green_account(envelope: Mapping[str, Any]) -> Account:
    body = envelope.get("body") if "receiptId" in envelope else envelope
    instance = mapping(mapping(body).get("instanceData"))
    return _account([jid(instance.get("wid"))], [instance.get("idInstance")])


def _zapi_account(envelope: Mapping[str, Any]) -> Account:
    return _account([wa_id(envelope.get("connectedPhone"))], [envelope.get("instanceId")])


def _gateway_account(envelope: Mapping[str, Any]) -> Account:
    return _account([], [envelope.get(name) for name in _INSTANCES])


_READERS: Mapping[str, Callable[[Mapping[str, Any]], Account]] = {
    "evolution": _evolution_account,
    "gowa": _gowa_account,
    "green_api": _green_account,
    "twilio": _twilio_account,
    "waha": _waha_account,
    "zapi": _zapi_account,
}


def _account(names: list[str | None], instances: Any) -> Account:
    known = (identifier(instance) for instance in instances)
    return Account(tuple(filter(None, names)), tuple(filter(None, known)))
