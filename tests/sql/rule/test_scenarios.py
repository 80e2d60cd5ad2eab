"""What happens to real people, told as rows that real writers write."""

from __future__ import annotations

import pytest

from tests.sql.query import add_lead, message, scalar
from tests.sql.story import Story

P1, P2, P3 = "972521110001", "972521110002", "972521110003"
L1, L2 = "871000000000001@lid", "871000000000002@lid"
B1, B2 = "IL.71000000000001", "IL.71000000000002"

CLOUD_API = {"from_number": P1, "provider": "meta_cloud"}
BAILEYS = {"from_number": f"{P1}@s.whatsapp.net", "provider": "baileys"}
PLAIN = {"to_number": "052-111-0001"}


@pytest.mark.parametrize("writer", [CLOUD_API, BAILEYS, PLAIN], ids=["cloud", "baileys", "plain"])
@pytest.mark.parametrize("account", [L1, B1])
@pytest.mark.parametrize("first", ["account", "phone", "both"])
def test_one_thread_when_account_and_phone_are_attested(
    story: Story, writer: dict[str, str], account: str, first: str
) -> None:
    ids = []
    if first in ("account", "both"):
        ids.append(story.message(account))
    if first in ("phone", "both"):
        ids.append(story.message(**writer))
    ids.append(story.message(contact_aliases=[account], **writer))
    ids += [story.message(account), story.message(**writer)]

    assert story.threads(*ids) == [0] * len(ids)


def test_two_threads_when_phone_goes_to_another_account(story: Story) -> None:
    first = story.message(P1, contact_aliases=[L1])
    second = story.message(P1, contact_aliases=[L2])
    new, late = story.message(P1), story.message(P1, day=1)

    assert story.threads(first, late, second, new, story.message(L1)) == [0, 0, 2, 2, 0]
    assert len(story.conflicts()) == 1


def test_one_thread_when_account_has_a_second_phone(story: Story) -> None:
    first = story.message(P1, contact_aliases=[L1])
    second = story.message(P2, contact_aliases=[L1])

    assert story.threads(first, second, story.message(P1), story.message(P2)) == [0, 0, 0, 0]


def test_earlier_thread_stays_when_its_phone_goes_to_a_known_account(story: Story) -> None:
    known = story.message(P1, contact_aliases=[L1])
    stranger = story.message(P2)
    moved = story.message(P2, contact_aliases=[L1])

    assert story.threads(known, stranger, moved, story.message(P2)) == [0, 1, 0, 0]
    assert len(story.conflicts()) == 1


def test_one_thread_when_account_of_another_kind_has_the_phone(story: Story) -> None:
    first = story.message(P1, contact_aliases=[L1])
    second = story.message(P1, contact_aliases=[B1])

    assert story.threads(first, second, story.message(B1)) == [0, 0, 0]
    assert len(story.conflicts()) == 0


def test_old_number_is_somebody_new_when_it_was_changed(story: Story) -> None:
    first = story.message(P1, day=1)
    story.evidence("replaced", f"+{P1}", f"+{P2}", day=5)
    late, new, moved = story.message(P1, day=3), story.message(P1, day=8), story.message(P2, day=9)

    assert story.threads(first, late, moved, new) == [0, 0, 0, 3]


@pytest.mark.parametrize("account", [L1, B1])
@pytest.mark.parametrize("following", [f"+{P2}", None])
def test_account_is_the_new_owners_when_it_is_seen_after_the_number_was_given_up(
    story: Story, account: str, following: str | None
) -> None:
    customer = story.message(P1)
    story.evidence("replaced", f"+{P1}", following)
    stranger = story.message(P1, contact_aliases=[account])

    assert story.threads(customer, stranger, story.message(account), story.message(P1)) == [
        *(0, 1, 1, 1)
    ]


def test_account_is_the_customers_when_it_is_seen_after_the_number_was_taken_over(
    story: Story,
) -> None:
    stranger, customer = story.message(P2), story.message(P1)
    story.evidence("replaced", f"+{P1}", f"+{P2}")
    account = story.message(P2, contact_aliases=[L1])

    assert story.threads(stranger, customer, account, story.message(P2)) == [0, 1, 1, 1]


def test_one_thread_when_account_id_rotates(story: Story) -> None:
    old = story.message(B1)
    story.evidence("replaced", B1, B2)

    assert story.threads(old, story.message(B2), story.message(B1)) == [0, 0, 0]


def test_number_change_keeps_account_when_it_changes_too(story: Story) -> None:
    first = story.message(P1, contact_aliases=[B1])
    story.evidence("replaced", f"+{P1}", f"+{P2}")
    story.evidence("replaced", B1, B2)

    assert story.threads(first, story.message(P2), story.message(B2)) == [0, 0, 0]


def test_copy_is_marked_when_one_delivery_has_two_names(story: Story) -> None:
    first = story.message(L1, provider_message_id="3A0001")
    second = story.message(P1, provider_message_id="3A0001")
    story.evidence("same", L1, f"+{P1}")

    assert story.threads(first, second) == [0, 0]
    copies = [message(story.connection, each).duplicate_of for each in (first, second)]
    assert copies == [None, first]


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("5521998765432", "552198765432", [0, 0]),
        ("5215512345678", "525512345678", [0, 0]),
        ("5491123456789", "541123456789", [0, 0]),
        ("552132345678", "5521932345678", [0, 1]),
    ],
)
def test_spellings_are_one_thread_when_they_are_one_account(
    story: Story, one: str, other: str, expected: list[int]
) -> None:
    assert story.threads(story.message(one), story.message(other)) == expected


def test_threads_stay_two_when_a_human_said_different(story: Story) -> None:
    phone, account = story.message(P1), story.message(L1)
    story.evidence("different", L1, f"+{P1}")
    story.evidence("same", L1, f"+{P1}")

    assert story.threads(phone, account) == [0, 1]


def test_two_phones_stay_two_when_a_human_said_different(story: Story) -> None:
    ids = [story.message(each) for each in (P1, P2, P3)]
    story.evidence("different", f"+{P1}", f"+{P3}")
    story.evidence("same", f"+{P1}", f"+{P2}")
    story.evidence("same", f"+{P2}", f"+{P3}")

    assert story.threads(*ids) == [0, 0, 2]


@pytest.mark.parametrize("pair", [(f"+{P1}", L1), (L1, f"+{P1}")])
def test_one_thread_when_a_phone_and_an_account_replace_each_other(
    story: Story, pair: tuple[str, str]
) -> None:
    phone, account = story.message(P1), story.message(L1)
    story.evidence("replaced", *pair)

    assert story.threads(phone, account, story.message(P1)) == [0, 0, 0]


def test_number_that_ended_is_kept_once_when_it_is_said_again(story: Story) -> None:
    for day in (5, 5, 8):
        story.evidence("replaced", f"+{P1}", None, day=day)
    assert story.count("whatsapp_identity_evidence") == 2

    assert story.threads(*(story.message(P1, day=day) for day in (1, 6, 9))) == [0, 1, 2]


def test_first_message_joins_nobody_when_a_human_said_different(story: Story) -> None:
    story.evidence("different", L1, f"+{P1}")
    first = story.message(P1, contact_aliases=[L1])

    assert story.threads(first, story.message(P1), story.message(L1)) == [0, 1, 0]


def test_second_account_of_a_kind_is_another_when_a_first_message_names_both(story: Story) -> None:
    first = story.message(B1, contact_aliases=[L1, L2])

    assert story.threads(first, story.message(L1), story.message(L2)) == [0, 0, 2]


def test_second_phone_is_of_today_when_a_first_message_names_two(story: Story) -> None:
    first = story.message(L1, contact_aliases=[f"+{P1}", f"+{P2}"], day=5)
    late, new = story.message(P2, day=1), story.message(P2, day=9)

    assert story.threads(first, story.message(P1, day=1), late, new) == [0, 0, 2, 0]


def test_nothing_is_visible_when_nobody_wrote(story: Story) -> None:
    story.evidence("same", L1, f"+{P1}")
    count = "select count(*) from whatsapp_conversation where business_id = %s"
    assert scalar(story.connection, count, story.business_id) == 0

    assert story.threads(story.message(L1), story.message(P1)) == [0, 0]


def test_own_number_joins_nobody_when_it_is_an_alias(story: Story) -> None:
    story.connection.execute(
        "insert into business_number (business_id, kind, value) values (%s, 'phone', %s)",
        [story.business_id, "+972370000000"],
    )
    ids = [story.message(each, contact_aliases=["+972370000000"]) for each in (L1, L2)]

    assert story.threads(*ids) == [0, 1]


def test_people_are_joined_when_a_group_names_both_identifiers(story: Story) -> None:
    phone, account = story.message(P1), story.message(L1)
    group = story.message(
        "120363000000000009@g.us", participant=L1, contact_aliases=[f"{P1}@s.whatsapp.net"]
    )

    assert story.threads(phone, account, group) == [0, 0, 2]


def test_lowest_lead_keeps_the_thread_when_two_have_the_phone(story: Story) -> None:
    leads = [add_lead(story.connection, story.business_id, f"+{P1}") for _ in range(2)]
    row = message(story.connection, story.message(P1))

    assert _lead_of(story, row.conversation_id) == min(leads)


def test_thread_stays_when_its_lead_is_deleted(story: Story) -> None:
    lead_id = add_lead(story.connection, story.business_id, f"+{P1}")
    first = story.message(P1, contact_aliases=[L1])
    story.connection.execute("delete from lead where id = %s", [lead_id])

    assert story.threads(first, story.message(P1), story.message(L1)) == [0, 0, 0]
    assert _lead_of(story, message(story.connection, first).conversation_id) is None


def test_thread_stays_when_the_leads_phone_is_corrected(story: Story) -> None:
    lead_id = add_lead(story.connection, story.business_id, f"+{P1}")
    first = story.message(P1)
    story.connection.execute("update lead set phone = %s where id = %s", [f"+{P2}", lead_id])

    assert story.threads(first, story.message(P1)) == [0, 0]
    assert _lead_of(story, message(story.connection, first).conversation_id) == lead_id


def test_wrong_phone_is_free_when_lead_is_corrected_before_any_message(story: Story) -> None:
    lead_id = add_lead(story.connection, story.business_id, f"+{P1}")
    story.connection.execute("update lead set phone = %s where id = %s", [f"+{P2}", lead_id])
    wrong, right = story.message(P1), story.message(P2)

    assert story.threads(wrong, right) == [0, 1]
    assert _lead_of(story, message(story.connection, right).conversation_id) == lead_id


def test_threads_join_when_messages_name_one_lead(story: Story) -> None:
    lead_id = add_lead(story.connection, story.business_id)
    ids = [story.message(each, lead_id=lead_id) for each in (P1, L1)]

    assert story.threads(*ids, story.message(L1)) == [0, 0, 0]


def _lead_of(story: Story, conversation_id: int) -> int | None:
    found: int | None = scalar(
        story.connection,
        "select lead_id from whatsapp_conversation where business_id = %s and id = %s",
        story.business_id,
        conversation_id,
    )
    return found
