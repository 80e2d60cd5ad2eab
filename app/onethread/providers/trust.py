"""What a payload says of people when the gateway's histories are not to be trusted."""

from __future__ import annotations

from dataclasses import replace

from onethread.model.message import Message
from onethread.providers.addresses import add_pairs, bsuid, wa_id
from onethread.providers.result import ProviderResult


def has_history_names(read: ProviderResult) -> bool:
    """Whether a message of a history names its person twice."""
    return any(map(_is_told, read.messages))


def with_claimed_names(read: ProviderResult) -> ProviderResult:
    """The same, where the second names beside a history's messages are only claimed: whoever forges
    a history writes them too."""
    claims = ProviderResult()
    messages = []
    for message in read.messages:
        if _is_told(message):
            person = _written(message, message.participant or message.address)
            for name in message.contact_aliases or []:
                alias = _written(message, name)
                source = f"{message.provider or 'onethread'} history"
                add_pairs(claims, [person, alias], source, message.sent_at, "claimed")
            message = replace(message, contact_aliases=None)
        messages.append(message)
    return replace(read, messages=messages, evidence=[*read.evidence, *claims.evidence])


def _is_told(message: Message) -> bool:
    return message.source == "history" and bool(message.contact_aliases)


def _written(message: Message, name: str) -> str | None:
    """As evidence is written: a provider's digits are an international number; what no provider
    wrote may be a national one, which evidence has no word for."""
    if "@" in name:
        return name
    is_whole = message.provider is not None or name.startswith("+")
    return wa_id(name) if is_whole else bsuid(name)
