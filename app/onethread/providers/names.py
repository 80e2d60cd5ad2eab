"""What a payload calls people and groups, besides the names that stand on messages.

A name is for display: it identifies nobody.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from onethread.model.contact_name import BOOK, PROFILE, SUBJECT, USERNAME, ContactName
from onethread.providers.addresses import jid, server_of
from onethread.providers.result import ProviderResult, first, identifier, mapping

# A gateway that knows no name writes the number in its place.
_NUMBER = frozenset("+-()./ 0123456789")
_NAMES = {
    BOOK: ("name", "fullName", "firstName"),
    PROFILE: ("notify", "pushName", "pushname", "verifiedName", "NewPushName", "NewBusinessName"),
    USERNAME: ("username",),
}
_SUBJECTS = ("subject", "Name", "name", "displayName")


def add_name(
    result: ProviderResult,
    address: str | None,
    source: str,
    name: Any,
    provider: str,
    told_at: datetime | None = None,
) -> bool:
    """Adds what somebody is called, if that is a name."""
    told = identifier(name) if isinstance(name, str) else None
    if told is None or address is None or _NUMBER.issuperset(told):
        return False
    result.names.append(
        ContactName(
            address=address, source=source, name=told.strip(), provider=provider, told_at=told_at
        )
    )
    return True


def add_contact_names(
    raw: Mapping[str, Any], address: str | None, result: ProviderResult, provider: str
) -> bool:
    """Adds the names of a contact, a chat or a group as linked-device libraries have them."""
    if server_of(address) in ("g.us", "newsletter"):
        value = first(raw, *_SUBJECTS)
        # whatsmeow: {Name, NameSetAt, NameSetBy}
        subject = first(mapping(value), "Name") if isinstance(value, Mapping) else value
        return server_of(address) == "g.us" and add_name(
            result, address, SUBJECT, subject, provider
        )
    told = [
        add_name(result, address, source, first(raw, *fields), provider)
        for source, fields in _NAMES.items()
    ]
    return any(told)


def contact_address(raw: Mapping[str, Any]) -> str | None:
    """The JID that a contact, a chat or a group is named by."""
    return jid(first(raw, "id", "ID", "JID", "remoteJid", "jid"))
