"""What the parts of one change of a Cloud API webhook share: the own number and the contacts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from onethread.providers.addresses import add_pairs, is_same_number, wa_id, without_lies
from onethread.providers.result import ProviderResult, identifier, items, mapping


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
            if is_only_one or not set(names).isdisjoint(ids):
                self._matched.add(position)
                names = list(dict.fromkeys([*names, *ids]))
                return contact, _phone_first(names)
        return {}, _phone_first(names)

    def add_evidence(
        self, names: Iterable[str | None], event: str, observed_at: datetime | None
    ) -> bool:
        """Adds that these identifiers are one person's, the own number aside."""
        persons = [wa_id(name) for name in names if name and not self.is_own(name)]
        return add_pairs(self.result, persons, f"meta_cloud {event}", observed_at)

    def add_remaining_contacts(self) -> None:
        """A contact attests its ids also when no message or status names it."""
        for position, contact in enumerate(self.contacts):
            if position not in self._matched and not self.add_evidence(
                _ids(contact), "contacts", None
            ):
                self.result.ignored["contact"] += 1

    def add_group_people(self, group: Mapping[str, Any]) -> bool:
        """Adds what a change of a group says about those who joined, left or asked to."""
        people = [group, *(person for field in group.values() for person in items(field))]
        pairs = [self.add_evidence(_ids(person), self.field_name, None) for person in people]
        return any(pairs)


def _ids(contact: Mapping[str, Any]) -> list[str]:
    names = ("wa_id", "user_id", "parent_user_id")
    return [name for name in map(identifier, map(contact.get, names)) if name]


def _phone_first(names: list[str]) -> list[str]:
    """The strongest identifier leads, as the address to answer to; what is none comes last, and a
    lie is left out."""

    def rank(name: str) -> int:
        known = wa_id(name)
        return 2 if known is None else int(known[0] != "+")

    return sorted(without_lies(names), key=rank)
