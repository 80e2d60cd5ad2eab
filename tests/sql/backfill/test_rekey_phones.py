"""rekey_phones(): what is stored under one version of the phone functions, read by another one.

In the other version Israel has lost its national prefix: 0501234567 is the number +9720501234567.
"""

from __future__ import annotations

import pytest

from phone_generator.metadata import Metadata, installed_metadata
from tests.conftest import Connection, add_business, insert
from tests.phone.plans import another_version, load_plans
from tests.sql.query import add_lead, rows, scalar

TYPED = "0501234567"
OLD, NEW = "972501234567@s.whatsapp.net", "9720501234567@s.whatsapp.net"
ACCOUNT = "876@lid"


@pytest.fixture(scope="module")
def other_version() -> Metadata:
    """Made once: it takes seconds."""
    return another_version("99.0.0", {"IL": {"national_prefix_for_parsing": "1"}})


def rekey(connection: Connection, version: Metadata, *thread_ids: int | None) -> None:
    """Loads the functions and applies them; without threads any may meet."""
    load_plans(connection, version)
    connection.execute("select onethread.rekey_phones(%s)", [list(thread_ids) or None])


def stale(connection: Connection) -> list[str]:
    """The texts that are read differently."""
    return [row.raw for row in rows(connection, "select raw from onethread.list_stale_phones()")]


def threads(connection: Connection) -> list[list[str]]:
    """The texts of the messages, thread by thread, and with them its lead."""
    found = rows(
        connection,
        "select array_agg(t.word order by t.word) as words from ("
        "select m.conversation_id as id, m.body as word from whatsapp_message m "
        "union all select c.id, 'lead' from whatsapp_conversation c where c.lead_id is not null"
        ") t group by t.id",
    )
    return sorted(row.words for row in found)


@pytest.mark.parametrize(
    ("writes", "expected"),
    [
        ("lead old new", ["old", "lead new"]),
        ("lead typed old new", ["old", "lead new typed"]),
        ("lead typed old", ["old", "lead typed"]),
        ("lead old", ["old"]),
        ("lead typed", ["lead typed"]),
        ("lead typed new", ["lead new typed"]),
        ("typed old new", ["old", "new typed"]),
        # More than the record says that the old number is the lead's.
        ("lead old new old_names_lead", ["lead new old old_names_lead"]),
        ("lead old new evidence", ["lead new old"]),
        ("evidence lead old new", ["lead new old"]),
        ("lead old new account", ["account old", "lead new"]),
        (
            "lead old new account account_names_lead",
            ["account account_names_lead lead new old"],
        ),
    ],
)
@pytest.mark.parametrize("is_lead_first", [True, False])
def test_older_reading_of_a_lead_joins_nobody(
    connection: Connection,
    business_id: int,
    other_version: Metadata,
    writes: str,
    expected: list[str],
    is_lead_first: bool,
) -> None:
    """Nobody ever said that who writes from that number is the lead: its record was misread."""
    words = writes.split()
    lead_id = 7_000_007
    order = words if is_lead_first else [*words[::-1]]
    if not is_lead_first:
        order.sort(key=lambda word: word.endswith("names_lead"))
    for word in order:
        match word:
            case "lead":
                connection.execute(
                    "insert into lead (business_id, id, phone) values (%s, %s, %s)",
                    [business_id, lead_id, TYPED],
                )
            case "typed":
                insert(connection, business_id, "outbound", address=TYPED, body=word)
            case "evidence":
                connection.execute(
                    "insert into whatsapp_identity_evidence (business_id, a, b, relation, source) "
                    "values (%s, %s, '+972501234567', 'same', 'Anna')",
                    [business_id, f"lead:{lead_id}"],
                )
            case "old" | "new":
                address = OLD if word == "old" else NEW
                insert(connection, business_id, "inbound", address=address, body=word)
            case "old_names_lead":
                insert(connection, business_id, "inbound", address=OLD, body=word, lead_id=lead_id)
            case "account":
                aliases = [OLD]
                insert(
                    connection, business_id, "inbound", address=ACCOUNT, body=word,
                    contact_aliases=aliases,
                )  # fmt: skip
            case "account_names_lead":
                insert(
                    connection, business_id, "inbound", address=ACCOUNT, body=word, lead_id=lead_id
                )
    rekey(connection, other_version)

    assert threads(connection) == sorted(text.split() for text in expected)
    assert stale(connection) == []
    assert rows(connection, "select problem, id from thread_integrity") == []
    # Whose thread the lead's is from now on.
    later = insert(connection, business_id, "outbound", address=TYPED, body="later")
    lead = "select lead_id from whatsapp_conversation where id = %s"
    has_lead = "lead" in words
    assert scalar(connection, lead, later.conversation_id) == (lead_id if has_lead else None)
    assert rows(connection, "select problem, id from thread_integrity") == []


def test_what_meets_others_stays_when_their_threads_are_not_named(
    connection: Connection, business_id: int, other_version: Metadata
) -> None:
    """Messages and leads; what meets nobody is applied all the same."""
    typed, there, leads = {}, {}, {}
    for number in ("0501234567", "0502222222"):
        row = insert(connection, business_id, "outbound", address=number, body="typed")
        typed[number] = row.conversation_id
        leads[number] = add_lead(connection, business_id, number)
        for body, digits in (("older", number[1:]), ("newer", number)):
            jid = f"972{digits}@s.whatsapp.net"
            row = insert(connection, business_id, "inbound", address=jid, body=body)
        there[number] = row.conversation_id
    insert(connection, business_id, "outbound", address="0503333333", body="alone")
    left, joined = typed
    rekey(connection, other_version, typed[joined], there[joined])

    bodies = "select array_agg(body order by id) from whatsapp_message where conversation_id = %s"
    assert scalar(connection, bodies, typed[joined]) == ["older"]
    assert scalar(connection, bodies, there[joined]) == ["typed", "newer"]
    assert scalar(connection, bodies, typed[left]) == ["typed", "older"]
    assert scalar(connection, bodies, there[left]) == ["newer"]
    key = "select phone_match_value from lead where id = %s"
    assert scalar(connection, key, leads[joined]) == f"+972{joined}"
    assert scalar(connection, key, leads[left]) == f"+972{left[1:]}"
    assert set(stale(connection)) == {left}
    assert rows(connection, "select problem, id from thread_integrity") == []

    connection.execute("select onethread.rekey_phones()")
    assert scalar(connection, bodies, typed[left]) == ["older"]
    assert scalar(connection, bodies, there[left]) == ["typed", "newer"]
    assert stale(connection) == []
    assert rows(connection, "select problem, id from thread_integrity") == []


def test_upgraded_database_has_the_threads_of_one_that_was_loaded_anew(
    connection: Connection, other_version: Metadata
) -> None:
    """Two generated versions, the same rows: written before and re-keyed, and written after."""
    load_plans(connection, installed_metadata())
    upgraded = add_business(connection, "Upgraded")
    write_people(connection, upgraded)
    before = partition(connection, upgraded)
    rekey(connection, other_version)
    loaded = add_business(connection, "Loaded")
    write_people(connection, loaded)

    assert partition(connection, upgraded) == partition(connection, loaded) != before
    assert stale(connection) == []
    assert rows(connection, "select problem, id from thread_integrity") == []
    keys = "select array_agg(phone_match_value order by id) from lead where business_id = %s"
    assert scalar(connection, keys, upgraded) == scalar(connection, keys, loaded)


def write_people(connection: Connection, business_id: int) -> None:
    """Numbers written in every way, with every choice of a lead and of who wrote from WhatsApp."""
    for kind in range(32):
        digits = f"5022{kind:05}"
        if kind & 1:
            add_lead(connection, business_id, f"0{digits}", name=f"lead {kind}")
        if kind & 2:
            typed = f"0{digits[:2]}-{digits[2:]}"
            insert(connection, business_id, "outbound", address=typed, body=f"typed {kind}")
        for bit, jid in ((4, f"972{digits}"), (8, f"9720{digits}")):
            if kind & bit:
                body = f"{jid} {kind}"
                address = f"{jid}@s.whatsapp.net"
                insert(connection, business_id, "inbound", address=address, body=body)
        if kind & 16:
            address = f"+972 {digits}"
            insert(connection, business_id, "outbound", address=address, body=f"plus {kind}")


def partition(connection: Connection, business_id: int) -> set[frozenset[str]]:
    """Which messages and leads are together."""
    found = rows(
        connection,
        "select array_agg(t.word) as words from ("
        "select m.conversation_id as id, m.body as word from whatsapp_message m "
        "where m.business_id = %s "
        "union all select c.id, l.name from whatsapp_conversation c "
        "inner join lead l on l.id = c.lead_id where c.business_id = %s) t group by t.id",
        business_id,
        business_id,
    )
    return {frozenset(row.words) for row in found}
