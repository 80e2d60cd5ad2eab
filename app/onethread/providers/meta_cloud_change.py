"""What the parts of one change of a Cloud API webhook share: the own number and the contacts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from onethread.model.contact_name import PROFILE, SUBJECT, USERNAME
from onethread.providers.addresses import (
    add_pairs,
    is_same_number,
    wa_id,
    with_server,
    without_lies,
)
from onethread.providers.names import add_name
from onethread.providers.result import ProviderResult, identifier, items, mapping, time_of


@dataclass
class Change:
    """One entry[].changes[].value."""

    result: ProviderResult
    field_name: str
    own: str | None
    contacts: list[Mapping[str, Any]]
    _matched: set[int] = field(default_factory=set)

    @classmethod
    def read(cls, name: str, value: Mapping[str, Any], result: ProviderResult) -> Change:
        """Reads what the messages and statuses of the change refer to."""
        own = identifier(mapping(value.get("metadata")).get("display_phone_number"))
        return cls(result, name, own, result.objects(value.get("contacts")))

    @property
    def echo_source(self) -> str:
        """Who of the business writes what comes as an echo."""
        return "bot" if self.field_name == "standby" else "business_app"

    def is_own(self, number: str | None) -> bool:
        """The business's number, in any spelling of its plan; display_phone_number has blanks."""
        return is_same_number(number, self.own)

    def match(self, person: Iterable[str | None]) -> tuple[Mapping[str, Any], list[str]]:
        """(contact, names): the contact that shares an identifier with the person, and all the
        identifiers of the two. Whoever is not named at all is the only contact there is."""
        names = list(dict.fromkeys(filter(None, person)))
        is_only_one = not names and len(self.contacts) == 1
        for position, contact in enumerate(self.contacts):
            ids = [name for name in _ids(contact) if not self.is_own(name)]
            if is_only_one or any(_is_same_name(a, b) for a in names for b in ids):
                self._matched.add(position)
                others = [each for each in ids if wa_id(each) not in map(wa_id, names)]
                return contact, _phone_first([*names, *others])
        return {}, _phone_first(names)

    def add_evidence(
        self, names: Iterable[str | None], event: str, observed_at: datetime | None
    ) -> bool:
        """Adds that these identifiers are one person's, the own number aside."""
        told = list(names)
        if len(told) < 2:  # nearly always
            return False
        persons = [wa_id(name) for name in told if name and not self.is_own(name)]
        return add_pairs(self.result, persons, f"meta_cloud {event}", observed_at)

    def add_names(
        self,
        contact: Mapping[str, Any],
        names: list[str],
        told_at: datetime | None,
        *,
        is_shown: bool = False,
    ) -> bool:
        """Adds what the contact calls itself; whether it is called anything.

        Args:
            is_shown: the name stands on the message already.
        """
        if not contact:
            return False
        address = next((name for name in names if wa_id(name) and not self.is_own(name)), None)
        profile = mapping(contact.get("profile"))
        told = [
            add_name(self.result, address, source, name, "meta_cloud", told_at)
            for source, name in (
                (PROFILE, None if is_shown else profile.get("name")),
                (USERNAME, profile.get("username")),
            )
        ]
        return any(told)

    def add_remaining_contacts(self) -> None:
        """A contact attests its ids also when no message or status names it."""
        for position, contact in enumerate(self.contacts):
            if position in self._matched:
                continue
            is_pair = self.add_evidence(_ids(contact), "contacts", None)
            if not self.add_names(contact, _ids(contact), None) and not is_pair:
                self.result.ignored["contact"] += 1

    def add_group_people(self, group: Mapping[str, Any]) -> bool:
        """Adds what a change of a group says about those who joined, left or asked to."""
        address = with_server(group.get("group_id"), "g.us")
        changed = mapping(group.get("group_subject")).get("text")
        subject = identifier(group.get("subject")) or changed
        is_named = add_name(
            self.result, address, SUBJECT, subject, "meta_cloud", time_of(group.get("timestamp"))
        )
        people = [group, *(person for field in group.values() for person in items(field))]
        pairs = [self.add_evidence(_ids(person), self.field_name, None) for person in people]
        return any(pairs) or is_named


def _is_same_name(a: str, b: str) -> bool:
    """Two spellings of one identifier."""
    return a == b or (wa_id(a) is not None and wa_id(a) == wa_id(b)) or is_same_number(a, b)


def _ids(contact: Mapping[str, Any]) -> list[str]:
    names = ("wa_id", "user_id", "parent_user_id")
    return [name for name in map(identifier, map(contact.get, names)) if name]


def _phone_first(names: list[str]) -> list[str]:
    """The strongest identifier leads, as the address to answer to; what is none comes last, and a
    lie is left out."""

    if len(names) < 2:
        return names

    def rank(name: str) -> int:
        known = wa_id(name)
        return 2 if known is None else int(known[0] != "+")

    return sorted(without_lies(names), key=rank)
