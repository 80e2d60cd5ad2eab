"""A CRM's database with a history: messages that are in no thread yet, conversations of its own."""

from __future__ import annotations

import io
import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from onethread.people import erasure, retention
from onethread.schema.adoption.backfill import backfill
from tests.adoption.crm import Crm
from tests.adoption.sample import START, Person
from tests.conftest import Connection, insert
from tests.privacy.scene import find_traces
from tests.sql.query import rows, scalar

MESSAGES = "select id from whatsapp_message where body = %s"


def choose(crm: Crm, calling_code: str) -> Person:
    """Somebody of a country, with a lead and conversations of the CRM's."""
    return next(
        person
        for person in crm.people
        if person.spellings[0].lstrip("+").startswith(calling_code)
        and not person.tied_lid
        and person.lead_ids
        and person.conversation_keys
    )


def traces_of(person: Person) -> list[str]:
    """What nobody else has: the name as JSON, and each number without what stands around it."""
    numbers = [re.search(r"[0-9][0-9 -]{6,}[0-9]", spelling) for spelling in person.spellings]
    return [f'"{person.name}"', *(number[0] for number in numbers if number)]


@pytest.mark.parametrize("is_linked", [False, True])
@pytest.mark.parametrize("calling_code", ["05", "55", "49"])
def test_nothing_is_left_of_a_history_when_erased(
    adopted: Crm, calling_code: str, is_linked: bool
) -> None:
    """Before the backfill and after it. A lead's columns may not be null here, and notes of the CRM
    refer to conversations."""
    person = choose(adopted, calling_code)
    with adopted.connect() as connection:
        connection.execute("update lead set name = '', phone = '' where name is null")
        connection.execute("update lead set phone = '' where phone is null")
        connection.execute(
            "alter table lead alter column name set not null, alter column phone set not null"
        )
        connection.execute(
            "insert into conversation_note (conversation_id, note) "
            "select id, '' from whatsapp_conversation"
        )
        if is_linked:
            link(adopted)
        others = count_others(connection, person)
        theirs = [row.id for row in rows(connection, MESSAGES, person.name)]
        assert find_traces(connection, person.business_id, traces_of(person))

        address = person.spellings[-1]
        assert export_ids(connection, person, address) == sorted(map(str, theirs))
        preview = erasure.preview(connection, person.business_id, address)
        assert preview["leads"] == len(person.lead_ids)
        report = erasure.erase(connection, person.business_id, address)
        assert report["messages"] == len(theirs)
        assert find_traces(connection, person.business_id, traces_of(person)) == {}
        assert count_others(connection, person) == others
        assert rows(connection, "select * from thread_integrity") == []
        again = "insert into whatsapp_message (business_id, direction, to_number, body, sent_at) "
        for spelling in person.spellings:
            values = [person.business_id, spelling, person.name, START]
            connection.execute(f"{again} values (%s, 'in', %s, %s, %s)", values)
        assert rows(connection, MESSAGES, person.name) == []
    if not is_linked:
        link(adopted)
        assert adopted.rows(MESSAGES, person.name) == []


def test_nothing_is_left_when_a_lead_ties_the_names_and_all_is_linked(adopted: Crm) -> None:
    link(adopted)
    with adopted.connect() as connection:
        person = next(
            person
            for person in adopted.people
            if person.tied_lid
            and scalar(
                connection,
                "select count(lead_id) from whatsapp_message where to_number = %s",
                person.tied_lid,
            )
        )
        erasure.erase(connection, person.business_id, person.spellings[0])
        assert find_traces(connection, person.business_id, traces_of(person)) == {}


@pytest.mark.parametrize("key", ["phone:{business}:{national}", "lead:{business}:{lead}"])
def test_conversation_of_a_program_goes_when_no_identifier_leads_to_it(
    adopted: Crm, key: str
) -> None:
    """The CRM makes one for somebody who has one, and writes to it without any address."""
    person = choose(adopted, "05")
    words = {"business": person.business_id, "lead": person.lead_ids[0]}
    with adopted.connect() as connection:
        insert(connection, person.business_id, "in", address=person.spellings[1])
        row = connection.execute(
            "insert into whatsapp_conversation (business_id, canonical_key, lead_id) "
            "values (%s, %s, %s) returning id, canonical_key",
            [
                person.business_id,
                key.format(national=f" {person.spellings[2]} ", **words),
                person.lead_ids[0] if key.startswith("lead") else None,
            ],
        ).fetchone()
        assert row is not None
        said = insert(connection, person.business_id, "in", conversation_id=row[0], body="no name")
        assert said.conversation_id == scalar(
            connection,
            "select onethread.find_conversation(%s, %s)",
            person.business_id,
            person.spellings[1],
        )

        exported = export(connection, person, person.spellings[0])
        assert str(row[0]) in {item["id"] for item in exported["conversations"]}
        assert str(said.id) in {item["id"] for item in exported["messages"]}
        erasure.erase(connection, person.business_id, person.spellings[0])
        assert rows(connection, "select from whatsapp_message where body = 'no name'") == []
        assert not scalar(
            connection,
            "select exists (select from whatsapp_conversation where id = %s "
            "and (canonical_key is not null or lead_id is not null))",
            row[0],
        )
        assert find_traces(connection, person.business_id, traces_of(person)) == {}


def test_retention_goes_by_the_time_of_storing_when_nothing_is_linked_yet(adopted: Crm) -> None:
    """These rows have no sent_at: they are not all of the oldest."""
    until = START + timedelta(days=350)
    with adopted.connect() as connection:
        kept = [
            row.id
            for row in rows(
                connection,
                "select id from whatsapp_message where business_id = 2 or created_at > %s "
                "order by id",
                until,
            )
        ]
        silent = [
            row.id
            for row in rows(
                connection,
                "select c.id from whatsapp_conversation c where c.business_id = 1 "
                "and c.lead_id is null and not exists ("
                "select from onethread.list_unlinked_messages(1, c.id, null) u where "
                "u.created_at > %s)",
                until,
            )
        ]
        before = scalar(connection, "select count(*) from whatsapp_conversation")
        # The limit is a number of days before now: make it this moment.
        days = (datetime.now(UTC) - until).days
        connection.execute(
            "update whatsapp_message set created_at = created_at + (now() - %s::timestamptz) "
            "- make_interval(days => %s)",
            [until, days],
        )
        retention.set_retention(connection, 1, days, None)
        result = retention.apply_retention(connection, 1)
        assert [
            row.id for row in rows(connection, "select id from whatsapp_message order by id")
        ] == kept
        # Those to which a note refers stay.
        noted = {
            row.id
            for row in rows(connection, "select conversation_id as id from conversation_note")
        }
        gone = set(silent) - noted
        assert gone
        assert scalar(connection, "select count(*) from whatsapp_conversation") == before - len(
            gone
        )
        assert result["conversations"] == len(gone)


def link(crm: Crm) -> None:
    """Links the history."""
    with crm.connect() as connection:
        backfill(connection)


def export(connection: Connection, person: Person, address: str) -> dict[str, Any]:
    file = io.StringIO()
    erasure.export(connection, person.business_id, address, file)
    exported: dict[str, Any] = json.loads(file.getvalue())
    return exported


def export_ids(connection: Connection, person: Person, address: str) -> list[str]:
    """Ids of the messages in somebody's export."""
    return sorted(item["id"] for item in export(connection, person, address)["messages"])


def count_others(connection: Connection, person: Person) -> int:
    return int(
        scalar(
            connection,
            "select count(*) from whatsapp_message where body is distinct from %s",
            person.name,
        )
    )
