"""A phone that more than 25 accounts were seen with ties nobody, and is one question."""

from __future__ import annotations

import random
import statistics

import pytest

from tests.backend import backend_seconds
from tests.conftest import Connection, insert
from tests.privacy.erasing import erase
from tests.sql.query import add_own_number, rows, scalar
from tests.sql.story import Story

SHOP = "+972501234567"
MANY = 26


def _lid(number: int) -> str:
    return f"8760{number:011d}@lid"


def _open_conflicts(story: Story) -> list[str]:
    return [conflict.reason for conflict in story.conflicts()]


@pytest.mark.parametrize("seed", range(4))
def test_everybody_has_a_thread_of_their_own_when_rows_arrive_in_any_order(
    story: Story, seed: int
) -> None:
    """Messages with the phone as an alias, messages under it alone, and evidence."""
    arrivals = [("message", number) for number in range(0, MANY, 2)]
    arrivals += [("evidence", number) for number in range(1, MANY, 2)]
    arrivals += [("alone", 1 + number) for number in range(3)]
    random.Random(seed).shuffle(arrivals)
    alone, people = [], {}
    for kind, number in arrivals:
        day = 1 + number
        if kind == "message":
            people[number] = story.message(_lid(number), day, contact_aliases=[SHOP])
        elif kind == "evidence":
            story.evidence("same", _lid(number), SHOP, day)
        else:
            alone.append(story.message(SHOP, day))
    for number in range(1, MANY, 2):
        people[number] = story.message(_lid(number), 1 + number)

    threads = story.threads(*alone, *people.values())
    assert set(threads[: len(alone)]) == {0}
    assert len(set(threads)) == 1 + MANY
    [conflict] = story.conflicts()
    assert SHOP in conflict.reason
    assert conflict.first_conversation_id != conflict.second_conversation_id


def test_phone_ties_as_ever_when_25_accounts_have_it(story: Story) -> None:
    first = story.message(_lid(0), contact_aliases=[SHOP])
    for number in range(1, MANY - 1):
        story.evidence("same", _lid(number), SHOP, 2)
    under_phone = story.message(SHOP, 1)

    assert story.threads(first, under_phone) == [0, 0]
    assert not any("ties nobody" in reason for reason in _open_conflicts(story))


def test_question_stays_open_when_its_people_are_asked_about_again(story: Story) -> None:
    for number in range(MANY):
        story.message(_lid(number), 1, contact_aliases=[SHOP])
    [before] = story.conflicts()
    for number in range(2):
        story.message(_lid(number), 2, contact_aliases=[f"+97250999000{number}"])

    assert story.conflicts() == [before]


def test_question_goes_when_somebody_answers_it(story: Story) -> None:
    for number in range(MANY):
        story.message(_lid(number), 1, contact_aliases=[SHOP])
    [asked] = story.conflicts()
    story.connection.execute(
        "select onethread.declare_different(%s, %s, %s, 'test')",
        [story.business_id, asked.first_conversation_id, asked.second_conversation_id],
    )
    story.message(_lid(MANY), 2, contact_aliases=[SHOP])

    assert story.conflicts() == []


def test_phone_is_forgotten_when_whoever_writes_under_it_is_erased(story: Story) -> None:
    for number in range(MANY):
        story.message(_lid(number), 1, contact_aliases=[SHOP])
    story.message(SHOP, 2)
    assert story.count("onethread.shared_phone") == 1
    erase(story.connection, story.business_id, SHOP)

    assert story.count("onethread.shared_phone") == 0
    assert story.conflicts() == []


def test_lead_has_the_phones_thread_when_its_record_names_it(story: Story) -> None:
    for number in range(MANY):
        story.message(_lid(number), 1, contact_aliases=[SHOP])
    alone = story.message(SHOP, 2)
    lead_id = scalar(
        story.connection,
        "insert into lead (business_id, phone) values (%s, %s) returning id",
        story.business_id,
        SHOP,
    )
    key = scalar(
        story.connection,
        "select canonical_key from whatsapp_conversation where id = %s",
        story.conversation_of(alone),
    )

    assert key == f"lead:{story.business_id}:{lead_id}"
    assert len(set(story.threads(alone, story.message(_lid(1), 3)))) == 2


def test_question_goes_when_the_number_turns_out_to_be_the_businesss_own(story: Story) -> None:
    for number in range(MANY):
        story.message(_lid(number), 1, contact_aliases=[SHOP])
    add_own_number(story.connection, story.business_id, "phone", SHOP)

    assert story.conflicts() == []


def test_first_contact_costs_no_more_when_240_people_share_an_alias(
    connection: Connection, business_id: int
) -> None:
    costs = []
    for number in range(240):
        before = backend_seconds(connection)
        insert(connection, business_id, "inbound", address=_lid(number), contact_aliases=[SHOP])
        costs.append(backend_seconds(connection) - before)

    # In units of 10 ms, as the system counts them: the mean tells, and the last hundred.
    assert statistics.mean(costs[-100:]) < 0.01
    assert statistics.mean(costs) < 0.02
    query = "select reason from onethread.whatsapp_identity_conflict where business_id = %s "
    assert len(rows(connection, query + "and settled_at is null", business_id)) == 1
