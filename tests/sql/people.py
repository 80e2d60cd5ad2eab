"""Random histories of a business's people, and how they are written as rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import hypothesis.strategies as st

from tests.conftest import Connection
from tests.sql.oracle import BSUID, GROUP, LID, PHONE, Evidence, Identifier, Message, Time
from tests.sql.query import rows

START = datetime(2026, 1, 1, tzinfo=UTC)

Event = Evidence | Message


def phone(number: int, spelling: str = "") -> Identifier:
    key = f"+97250{number:07d}"
    return Identifier(PHONE, key, spelling=spelling or f"{key[1:]}@s.whatsapp.net")


def lid(number: int) -> Identifier:
    return Identifier(LID, f"8760{number:010d}", spelling=f"8760{number:010d}@lid")


def bsuid(number: int) -> Identifier:
    return Identifier(BSUID, f"IL.{number:014d}", spelling=f"IL.{number:014d}")


def parent_bsuid(number: int) -> Identifier:
    return Identifier(BSUID, f"IL.ENT.{number:010d}", "ENT", f"IL.ENT.{number:010d}")


def group(number: int) -> Identifier:
    return Identifier(GROUP, f"12036300{number:010d}", spelling=f"12036300{number:010d}@g.us")


def _brazilian(ninth: str) -> Identifier:
    """One account, written with and without the ninth digit."""
    return Identifier(PHONE, "+5511987654321", spelling=f"5511{ninth}87654321@s.whatsapp.net")


PHONES = (phone(1), phone(2), phone(3), _brazilian("9"), _brazilian(""))
ACCOUNTS = (lid(1), lid(2), lid(3), bsuid(1), bsuid(2), parent_bsuid(1), parent_bsuid(2))
GROUPS = (group(1), group(2))


@st.composite
def soups(draw: st.DrawFn, size: int = 14) -> list[Event]:
    """Anything said of anybody: few identifiers, so that everything meets everything."""
    cast = draw(st.lists(st.sampled_from((*PHONES, *ACCOUNTS)), min_size=2, unique=True))
    count = draw(st.integers(2, size))
    times = draw(st.permutations(range(1, count + 1)))
    return [draw(_event(cast, float(at))) for at in times]


@st.composite
def lives(draw: st.DrawFn, size: int = 14) -> list[Event]:
    """People who each have accounts and a phone, change them, and pass numbers on."""
    phones: list[int] = list(range(1, 4))
    lids: list[int] = [1, 2, 3]
    fresh = 10
    events: list[Event] = []
    for at in range(1, draw(st.integers(2, size)) + 1):
        person = draw(st.integers(0, 2))
        match draw(st.sampled_from(["message", "message", "pair", "number", "rotate", "recycle"])):
            case "message":
                address = draw(
                    st.sampled_from([phone(phones[person]), lid(lids[person]), bsuid(lids[person])])
                )
                events.append(Message(address, float(at)))
            case "pair":
                pair = draw(st.permutations([phone(phones[person]), lid(lids[person])]))
                events.append(Message(pair[0], float(at), (pair[1], bsuid(lids[person]))))
            case "number":
                fresh += 1
                old, phones[person] = phones[person], fresh
                events.append(Evidence("replaced", phone(old), phone(fresh), float(at)))
            case "rotate":
                fresh += 1
                old, lids[person] = lids[person], fresh
                events.append(Evidence("replaced", lid(old), lid(fresh), float(at)))
            case "recycle":
                phones[person] = draw(st.sampled_from(phones))
                events.append(Evidence("same", lid(lids[person]), phone(phones[person]), float(at)))
    return events


@st.composite
def _event(draw: st.DrawFn, cast: Sequence[Identifier], at: Time) -> Event:
    anybody = st.sampled_from(cast)
    match draw(st.sampled_from(["one", "one", "many", "many", "group", "same", "same", "other"])):
        case "one":
            return Message(draw(anybody), at)
        case "many":
            return Message(draw(anybody), at, tuple(draw(st.lists(anybody, max_size=2))))
        case "group":
            aliases = tuple(draw(st.lists(anybody, max_size=2)))
            return Message(draw(st.sampled_from(GROUPS)), at, aliases, draw(anybody))
        case "same":
            weight = draw(st.sampled_from(["attested", "attested", "undated", "claimed"]))
            one, other = draw(anybody), draw(anybody)
            return Evidence("same", one, other, at, weight == "claimed", weight == "undated")
        case _:
            return draw(_change(cast, at))


@st.composite
def _change(draw: st.DrawFn, cast: Sequence[Identifier], at: Time) -> Evidence:
    one, other = draw(st.sampled_from(cast)), draw(st.sampled_from(cast))
    match draw(st.sampled_from(["replaced", "replaced", "ended", "different"])):
        case "ended" if not one.is_account:
            return Evidence("replaced", one, None, at)
        case "different":
            return Evidence("different", one, other, at)
        case _:
            return Evidence("replaced", one, other, at, draw(st.integers(0, 3)) == 0)


@dataclass(frozen=True)
class Stored:
    """A message as it stands in the database."""

    conversation_id: int | None
    duplicate_of: str | None


def moment(at: Time) -> datetime:
    return START + timedelta(minutes=at)


def write(connection: Connection, business_id: int, event: Event, name: str) -> None:
    """Writes one event as one row; a message bears its name as its body."""
    if isinstance(event, Evidence):
        connection.execute(
            "insert into whatsapp_identity_evidence "
            "(business_id, a, b, relation, source, observed_at, weight, is_undated) "
            "values (%s, %s, %s, %s, 'test', %s, %s, %s)",
            [
                business_id,
                event.a.spelling,
                event.b.spelling if event.b else None,
                event.relation,
                moment(event.at),
                "claimed" if event.is_claimed else "attested",
                event.is_undated,
            ],
        )
        return
    is_inbound = int(event.at) % 2 == 0
    connection.execute(
        "insert into whatsapp_message (business_id, direction, from_number, to_number, "
        "contact_aliases, participant, sent_at, body) values (%s, %s, %s, %s, %s, %s, %s, %s)",
        [
            business_id,
            "inbound" if is_inbound else "outbound",
            event.address.spelling if is_inbound else None,
            None if is_inbound else event.address.spelling,
            [alias.spelling for alias in event.aliases] or None,
            event.participant.spelling if event.participant else None,
            moment(event.at),
            name,
        ],
    )


def apply_pending(connection: Connection, business_id: int) -> None:
    """Applies all evidence that waits; one call is enough when nobody else writes."""
    [[pending]] = connection.execute(
        "select onethread.apply_pending_evidence(%s)", [business_id]
    ).fetchall()
    assert pending == 0


def read_messages(connection: Connection, business_id: int) -> dict[str, Stored]:
    """Name of each message to its conversation and the message that it is a copy of."""
    return {
        row.body: Stored(row.conversation_id, row.duplicate_of)
        for row in rows(
            connection,
            "select m.body, m.conversation_id, d.body as duplicate_of from whatsapp_message m "
            "left join whatsapp_message d on d.business_id = m.business_id "
            "and d.id = m.duplicate_of where m.business_id = %s",
            business_id,
        )
    }


def read_suggestions(connection: Connection, business_id: int) -> set[frozenset[str]]:
    """The claimed pairs that a human is asked about."""
    return {
        frozenset((row.a_key, row.b_key))
        for row in rows(
            connection,
            "select e.a_key, e.b_key from onethread.whatsapp_identity_conflict k "
            "inner join whatsapp_identity_evidence e "
            "on e.business_id = k.business_id and e.id = k.evidence_id "
            "where k.business_id = %s and k.settled_at is null and k.kind = 'suggestion'",
            business_id,
        )
    }


def read_violations(connection: Connection, business_id: int) -> list[object]:
    return rows(connection, "select * from thread_integrity where business_id = %s", business_id)


def as_sets(names: Sequence[str], marks: Sequence[object]) -> set[frozenset[str]]:
    """Names that bear one mark, together: a partition that can be compared."""
    threads: dict[object, set[str]] = {}
    for name, mark in zip(names, marks, strict=True):
        threads.setdefault(mark, set()).add(name)
    return {frozenset(thread) for thread in threads.values()}
