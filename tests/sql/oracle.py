"""Who is who: the identity rule applied to all that is known at once.

The rule is written a second time here, from its description and in the plainest form, so that the
database can be held beside it. Time is a whole number; all that matters is the order.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

PHONE, BSUID, LID, GROUP = "phone", "bsuid", "lid", "group"

CAP = 25
"""Identifiers a person can have before a join becomes a question for a human."""

Time = float
BEGINNING = -math.inf
Person = int


@dataclass(frozen=True)
class Identifier:
    """What an address comes down to. The spelling is how a row writes it; it decides nothing."""

    kind: str
    match_value: str
    scope: str = ""
    spelling: str = field(default="", compare=False)

    @property
    def key(self) -> str:
        return f"{self.kind}:{self.scope}:{self.match_value}"

    @property
    def account_kind(self) -> tuple[str, str]:
        """A LID, a BSUID and a parent BSUID are three kinds of account."""
        return self.kind, self.scope

    @property
    def is_account(self) -> bool:
        return self.kind in (BSUID, LID)


@dataclass(frozen=True)
class Evidence:
    """One row of evidence; b is None when a phone only came to an end."""

    relation: str
    a: Identifier
    b: Identifier | None
    at: Time
    is_claimed: bool = False
    is_undated: bool = False


@dataclass(frozen=True)
class Message:
    """One message; in a group the address is the group and the aliases are the participant's."""

    address: Identifier
    at: Time
    aliases: tuple[Identifier, ...] = ()
    participant: Identifier | None = None


@dataclass(frozen=True)
class Merge:
    """Two conversations joined by hand: the owners of two identifiers at two times."""

    a: Identifier
    a_at: Time
    b: Identifier
    b_at: Time


@dataclass(frozen=True)
class Tie:
    """The CRM's word: this identifier, then, was that lead's."""

    lead: int
    identifier: Identifier
    at: Time


def partition(
    messages: Sequence[Message],
    evidence: Iterable[Evidence] = (),
    ties: Iterable[Tie] = (),
    merges: Iterable[Merge] = (),
) -> list[object]:
    """The thread of each message; equal marks are one thread."""
    rows = [*evidence, *(row for message in messages for row in attested(message))]
    resolution = Resolution(rows, ties, merges)
    return [resolution.thread(message) for message in messages]


def suggestions(messages: Sequence[Message], evidence: Sequence[Evidence]) -> set[frozenset[str]]:
    """The claimed pairs that a human is asked about: their sides lead today to two threads, of
    people of whom nobody said that they are two, and who do not use two accounts of a kind."""
    rows = [*evidence, *(row for message in messages for row in attested(message))]
    resolution = Resolution(rows)
    threads = {resolution.thread(message) for message in messages if message.address.kind != GROUP}
    asked = set()
    for row in evidence:
        if not row.is_claimed or row.b is None:
            continue
        x, y = (resolution.owner(each, math.inf) for each in (row.a, row.b))
        if x != y and {x, y} <= threads and resolution.may_be_one(x, y):
            asked.add(frozenset((row.a.key, row.b.key)))
    return asked


def attested(message: Message) -> Iterator[Evidence]:
    """What the identifiers on one message say about each other."""
    identifiers = _identifiers(message)
    if not identifiers:
        return
    main = main_identifier(identifiers)
    for other in identifiers:
        if other.key != main.key:
            yield Evidence("same", main, other, message.at)


def main_identifier(identifiers: Sequence[Identifier]) -> Identifier:
    """The strongest account among them, else the address."""
    for account_kind in ((BSUID, ""), (BSUID, "ENT"), (LID, "")):
        for identifier in identifiers:
            if identifier.account_kind == account_kind:
                return identifier
    return identifiers[0]


def _identifiers(message: Message) -> list[Identifier]:
    """The address (in a group: the participant) and its aliases: those that name a person."""
    first = message.participant if message.address.kind == GROUP else message.address
    return [each for each in (first, *message.aliases) if each is not None and each.kind != GROUP]


class Resolution:
    """The replay of a set of evidence, and then its answers."""

    def __init__(
        self,
        evidence: Iterable[Evidence],
        ties: Iterable[Tie] = (),
        merges: Iterable[Merge] = (),
    ) -> None:
        self._last: Person = 0
        self._account: dict[str, Person] = {}
        self._kind: dict[str, tuple[str, str]] = {}
        self._retired: set[str] = set()
        self._lead: dict[int, Person] = {}
        self._epochs: dict[str, list[tuple[Time, Person]]] = {}
        self._class: dict[str, str] = {}

        said = [row for row in evidence if not row.is_claimed]
        rows, self._different = _without_denied(_earliest(said))
        self._join_spellings(rows)
        rows = _without_overruled(self._by_name(rows))
        self._replay_accounts(rows)
        self._replay_phones(rows)
        self._replay_leads(ties)
        for merge in merges:
            self._join(self.owner(merge.a, merge.a_at), self.owner(merge.b, merge.b_at))

    # -- answers

    def thread(self, message: Message) -> object:
        """What the message belongs to: a group, or a person."""
        if message.address.kind == GROUP:
            return message.address.key
        return self.owner(main_identifier(_identifiers(message)), message.at)

    def owner(self, identifier: Identifier, at: Time) -> Person:
        """An account is its person's for all time; a phone is the person's of that time."""
        if identifier.is_account:
            return self._person(identifier)
        return self._phone_owner(self._name(identifier), at)

    def may_be_one(self, x: Person, y: Person) -> bool:
        """Nobody said that they are two, and they do not use two accounts of a kind."""
        return not self._is_denied(self._ids(x), self._ids(y)) and not self._clash(x, y)

    # -- the replay

    def _join_spellings(self, rows: Sequence[Evidence]) -> None:
        """Phones that are the same phone have one timeline, under the least of their keys."""
        for row in rows:
            if row.relation == "same" and row.b and not row.a.is_account and not row.b.is_account:
                names = sorted([self._name(row.a), self._name(row.b)])
                if self._is_denied({names[0]}, {names[1]}):
                    continue
                for key, name in self._class.items():
                    if name == names[1]:
                        self._class[key] = names[0]

    def _by_name(self, rows: Sequence[Evidence]) -> list[Evidence]:
        """The rows with each phone under its name; of one time, in the order of these names."""

        def named(identifier: Identifier | None) -> Identifier | None:
            if identifier is None or identifier.is_account:
                return identifier
            return replace(identifier, match_value=self._name(identifier).removeprefix("phone::"))

        renamed = (replace(row, a=named(row.a), b=named(row.b)) for row in rows)
        return sorted((row for row in renamed if row.a != row.b), key=_order)

    def _replay_accounts(self, rows: Sequence[Evidence]) -> None:
        for row in rows:
            if row.relation == "different" or row.b is None:
                continue
            if not (row.a.is_account and row.b.is_account):
                continue
            a, b = self._person(row.a), self._person(row.b)
            of_one_kind = row.a.account_kind == row.b.account_kind
            is_rotation = row.relation == "replaced" and of_one_kind
            if is_rotation:
                self._retired.add(row.a.key)
                self._retired.discard(row.b.key)
            if self._may_join(a, b) and (of_one_kind or not self._clash(a, b)):
                self._join(a, b)

    def _replay_phones(self, rows: Sequence[Evidence]) -> None:
        pairs = [pair for pair in map(_as_pair, rows) if pair is not None]
        first_first = [pair for pair in pairs if self._is_first_first(pair, pairs)]

        changes = [row for row in rows if _is_number_change(row)]
        settled = []
        for pair in first_first:
            account, phone = self._person(pair.a), self._name(pair.b)
            if any(phone in _phones(change) and change.at < pair.at for change in changes):
                continue  # The phone was somebody else's before.
            from_the_beginning = self._timeline(phone)[0][1]
            if self._is_phone_only(from_the_beginning) and self._may_join(
                account, from_the_beginning
            ):
                self._join(account, from_the_beginning)
                settled.append(pair)

        waiting = [pair for pair in pairs if pair not in settled]
        for row in sorted([*waiting, *changes], key=_order):
            if row in waiting:
                self._see_pair(row, row in first_first)
            else:
                self._change_number(row)

    def _is_first_first(self, pair: Evidence, pairs: Sequence[Evidence]) -> bool:
        """The account's first phone, and the phone's first account of that kind."""
        return pair == min(
            (other for other in pairs if other.a == pair.a), key=_order
        ) and pair == min(
            (
                other
                for other in pairs
                if self._name(other.b) == self._name(pair.b)
                and other.a.account_kind == pair.a.account_kind
            ),
            key=_order,
        )

    def _see_pair(self, pair: Evidence, is_first_first: bool) -> None:
        phone = self._name(pair.b)
        x, y = self._person(pair.a), self._phone_owner(phone, pair.at)
        if x == y:
            return
        if self._is_phone_only(y):
            joins = is_first_first and self._may_join(x, y)
        else:
            joins = self._may_join(x, y) and not self._clash(x, y)
        if joins:
            self._join(x, y)
        elif not self._is_denied({phone}, self._ids(x)):
            self._begin(phone, pair.at, x)

    def _change_number(self, row: Evidence) -> None:
        old = self._name(row.a)
        x = self._phone_owner(old, row.at)
        self._begin(old, row.at, self._new_person())
        if row.b is None or self._name(row.b) == old:
            return
        new = self._name(row.b)
        y = self._phone_owner(new, row.at)
        if x == y:
            return
        if self._is_phone_only(y):
            if not self._is_denied({new}, self._ids(x)):
                self._begin(new, row.at, x)
        elif self._may_join(x, y):
            self._join(x, y)

    def _replay_leads(self, ties: Iterable[Tie]) -> None:
        for tie in sorted(ties, key=lambda tie: (tie.lead, tie.at, tie.identifier.key)):
            lead = self._lead.setdefault(tie.lead, self._new_person())
            x = self.owner(tie.identifier, tie.at)
            others = {number for number, person in self._lead.items() if person == x}
            if not others - {tie.lead} and not self._is_denied(self._ids(lead), self._ids(x)):
                self._join(lead, x)

    # -- the state

    def _new_person(self) -> Person:
        self._last += 1
        return self._last

    def _person(self, account: Identifier) -> Person:
        if account.key not in self._account:
            self._account[account.key] = self._new_person()
            self._kind[account.key] = account.account_kind
        return self._account[account.key]

    def _name(self, phone: Identifier | None) -> str:
        assert phone is not None and phone.kind == PHONE, phone
        return self._class.setdefault(phone.key, phone.key)

    def _timeline(self, phone: str) -> list[tuple[Time, Person]]:
        if phone not in self._epochs:
            self._epochs[phone] = [(BEGINNING, self._new_person())]
        return self._epochs[phone]

    def _phone_owner(self, phone: str, at: Time) -> Person:
        return [person for begin, person in self._timeline(phone) if begin <= at][-1]

    def _begin(self, phone: str, at: Time, person: Person) -> None:
        kept = [epoch for epoch in self._timeline(phone) if epoch[0] != at]
        self._epochs[phone] = sorted([*kept, (at, person)])

    def _join(self, x: Person, y: Person) -> None:
        self._account = {key: x if p == y else p for key, p in self._account.items()}
        self._lead = {number: x if p == y else p for number, p in self._lead.items()}
        self._epochs = {
            phone: [(begin, x if p == y else p) for begin, p in epochs]
            for phone, epochs in self._epochs.items()
        }

    def _accounts(self, person: Person) -> set[str]:
        return {key for key, owner in self._account.items() if owner == person}

    def _ids(self, person: Person) -> set[str]:
        phones = {
            phone
            for phone, epochs in self._epochs.items()
            if any(owner == person for _, owner in epochs)
        }
        return self._accounts(person) | phones

    def _is_phone_only(self, person: Person) -> bool:
        return not self._accounts(person)

    def _may_join(self, x: Person, y: Person) -> bool:
        ours, theirs = self._ids(x), self._ids(y)
        return not self._is_denied(ours, theirs) and len(ours | theirs) <= CAP

    def _is_denied(self, ours: set[str], theirs: set[str]) -> bool:
        """Did a human say of somebody here that he is not somebody there?"""
        names = [(self._class.get(a, a), self._class.get(b, b)) for a, b in self._different]
        return any((a in ours and b in theirs) or (b in ours and a in theirs) for a, b in names)

    def _clash(self, x: Person, y: Person) -> bool:
        """Both have an account of one kind that they use today."""
        return bool(self._current_kinds(x) & self._current_kinds(y))

    def _current_kinds(self, person: Person) -> set[tuple[str, str]]:
        return {self._kind[key] for key in self._accounts(person) - self._retired}


def _earliest(evidence: Iterable[Evidence]) -> list[Evidence]:
    """Each statement once, at its earliest time, in time order; a phone may end more than once."""
    kept: dict[tuple[str, str, str], Evidence] = {}
    for row in evidence:
        row = _in_key_order(row)
        name = row.relation, row.a.key, row.b.key if row.b else str(row.at)
        if name[1] != name[2] and (name not in kept or _counts_before(row, kept[name])):
            kept[name] = row
    return sorted(kept.values(), key=_order)


def _counts_before(row: Evidence, other: Evidence) -> bool:
    """A time of its own before one that is only when it came in; else the earlier."""
    return (row.is_undated, row.at) < (other.is_undated, other.at)


def _without_overruled(rows: Sequence[Evidence]) -> list[Evidence]:
    """Without the pairs that have no time of their own, where one that has gives the phone another
    account of the kind."""
    seen = {
        (pair.b.key, pair.a.account_kind, pair.a.key)
        for row in rows
        if (pair := _as_pair(row)) and pair.b and not row.is_undated
    }

    def is_overruled(row: Evidence) -> bool:
        pair = _as_pair(row)
        return bool(pair and pair.b and row.is_undated) and any(
            (phone, kind) == (pair.b.key, pair.a.account_kind) and account != pair.a.key
            for phone, kind, account in seen
            if pair and pair.b
        )

    return [row for row in rows if not is_overruled(row)]


def _in_key_order(row: Evidence) -> Evidence:
    """Same and different say the same of both sides: the lesser key stands first. An account and a
    phone do not replace each other: somebody has both."""
    if row.relation == "replaced" and row.b is not None and row.a.is_account != row.b.is_account:
        row = replace(row, relation="same")
    if row.relation == "replaced" or row.b is None or row.a.key <= row.b.key:
        return row
    return replace(row, a=row.b, b=row.a)


def _without_denied(rows: Sequence[Evidence]) -> tuple[list[Evidence], list[tuple[str, str]]]:
    """The rows that no human denied, and what was denied."""
    denied = [(row.a.key, row.b.key) for row in rows if row.relation == "different" and row.b]
    kept = [
        row for row in rows if row.b is None or tuple(sorted([row.a.key, row.b.key])) not in denied
    ]
    return [row for row in kept if row.relation != "different"], denied


def _as_pair(row: Evidence) -> Evidence | None:
    """A row between an account and a phone, the account first."""
    if row.relation == "different" or row.b is None or row.a.is_account == row.b.is_account:
        return None
    return row if row.a.is_account else replace(row, a=row.b, b=row.a)


def _is_number_change(row: Evidence) -> bool:
    return (
        row.relation == "replaced"
        and not row.a.is_account
        and (row.b is None or not row.b.is_account)
    )


def _phones(row: Evidence) -> set[str]:
    """Keys of the two sides."""
    return {each.key for each in (row.a, row.b) if each is not None}


def _order(row: Evidence) -> tuple[Time, str, str]:
    return row.at, row.a.key, row.b.key if row.b else ""
