"""What a gateway itself says of a message or event: who wrote it, where, when, and in whose chat.

An adapter for a small gateway reads its fields into one Envelope, and makes rows of that; what
stands in a message is content (providers/content), and says nothing of who or where.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from onethread.model.contact_name import BOOK, SUBJECT
from onethread.model.message import Message
from onethread.model.message_event import MessageEvent
from onethread.providers.addresses import STORIES, is_person, server_of, without_lies, without_own
from onethread.providers.baileys_key import Key, is_same_name
from onethread.providers.content import Shown
from onethread.providers.names import add_name
from onethread.providers.result import ProviderResult, identifier


def read_parties(
    message_id: str | None,
    is_from_me: bool,
    chat: Iterable[str | None],
    sender: Iterable[str | None] = (),
    own: Sequence[str | None] = (),
) -> Key:
    """The parties of a message.

    Args:
        chat: the names of where it was written, the best one first.
        sender: the names of who wrote it; what is written by the business needs none.
        own: the business's own accounts, where the gateway names them.
    """
    places = without_lies(chat)
    place = places[0] if places else None
    server = server_of(place)
    people = _others(without_lies(sender), None, own)
    if server in ("g.us", "broadcast", "newsletter"):
        if is_from_me or server == "newsletter":
            return Key(message_id, is_from_me, place)
        first, others = (people[0], _others(people, people[0], own)) if people else (None, [])
        if server == "broadcast" and place != STORIES and first:
            # A message to a broadcast list reaches its receiver as a message from the sender.
            return Key(message_id, False, first, others, list_address=place)
        return Key(message_id, False, place, others, first)
    names = without_own([*places, *([] if is_from_me else people)], own) or places[:1]
    known = without_lies(names)
    address = known[0] if known else None
    return Key(message_id, is_from_me, address, _others(known[1:], address, own))


def _others(
    names: Iterable[str | None], address: str | None, own: Sequence[str | None]
) -> list[str]:
    return [
        name
        for name in without_own(names, own)
        if is_person(name) and not is_same_name(name, address)
    ]


@dataclass(frozen=True, kw_only=True)
class Envelope:
    """Who, where and when."""

    provider: str
    event: str
    key: Key
    raw: Mapping[str, Any]
    time: datetime | None = None
    name: Any = None
    """The sender's, as the gateway tells it; on our own messages it is the owner's."""
    source: str = "gateway"

    def add_message(self, result: ProviderResult, shown: Shown, reply_to: Any = None) -> None:
        """Adds a message with this content."""
        key = self.key
        if key.participant:
            self.add_evidence(result)
        result.messages.append(
            Message(
                direction=key.direction,
                from_number=None if key.is_from_me else key.address,
                to_number=key.address if key.is_from_me else None,
                contact_aliases=key.aliases or None,
                participant=key.participant,
                list_address=key.list_address,
                sender_name=None if key.is_from_me else identifier(self.name),
                source=self.source,
                kind=shown.kind,
                body=shown.body,
                media=shown.media,
                provider=self.provider,
                provider_message_id=key.id,
                reply_to=identifier(reply_to),
                sent_at=self.time,
                payload=dict(self.raw),
            )
        )

    def add_change(
        self,
        result: ProviderResult,
        kind: str,
        target: str | None,
        body: str | None = None,
        target_direction: str | None = None,
    ) -> None:
        """Adds an edit, a delete or a reaction: its author is who this is from.

        An edit is of the author's own message; outside groups a delete is, too.
        """
        self.add_evidence(result)
        if target is None or (kind == "edited" and body is None):
            result.unread[self.event] += 1
            return
        key = self.key
        is_own = kind == "edited" or (kind == "revoked" and server_of(key.address) != "g.us")
        result.events.append(
            MessageEvent(
                kind=kind,
                provider_message_id=target,
                address=key.event_address,
                target_direction=key.target_direction if is_own else target_direction,
                actor=key.participant,
                is_from_business=key.is_from_me,
                body=body,
                provider=self.provider,
                provider_event_id=key.id if key.id != target else None,
                occurred_at=self.time,
                payload=dict(self.raw),
            )
        )

    def add_status(
        self,
        result: ProviderResult,
        kind: str | None,
        ids: Iterable[str | None],
        detail: str | None = None,
    ) -> None:
        """Adds how far messages have come. The key is theirs; its participant is who has read."""
        self.add_evidence(result)
        key = self.key
        is_told_by_sender = kind in ("sent", "failed")
        known = [each for each in ids if each] if kind else []
        for message_id in known:
            result.events.append(
                MessageEvent(
                    kind=str(kind),
                    provider_message_id=message_id,
                    address=key.address,
                    target_direction=key.target_direction,
                    actor=None if is_told_by_sender else key.participant,
                    is_from_business=key.is_from_me == is_told_by_sender,
                    body=detail if kind == "failed" else None,
                    provider=self.provider,
                    occurred_at=self.time,
                    payload=dict(self.raw),
                )
            )
        if not known:
            # How far somebody's messages have come, and not which.
            (result.unread if kind else result.ignored)[self.event] += 1

    def add_names(self, result: ProviderResult, *, book: Any = None, subject: Any = None) -> None:
        """Adds what the business's own book calls who wrote, and what the group is called."""
        person = self.key.person[0]
        if is_person(person) and not self.key.is_from_me:
            add_name(result, person, BOOK, book, self.provider, self.time)
        if server_of(self.key.address) == "g.us":
            add_name(result, self.key.address, SUBJECT, subject, self.provider, self.time)

    def add_evidence(self, result: ProviderResult) -> bool:
        """Adds what it says of who is whom; whether it says anything."""
        return self.key.add_evidence(result, f"{self.provider} {self.event}", self.time)
