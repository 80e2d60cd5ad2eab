"""Where an answer goes, and in which thread it stands, whatever became of the address since."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from tests.conftest import Connection, insert
from tests.sql.query import add_lead, add_own_number, message, rows, scalar

P1, P2 = "+972501111111", "+972502222222"
LID, LID2 = "111111111111111@lid", "222222222222222@lid"
B1, B2 = "IL.1001", "IL.1002"
OWN = "+97237000100"
GROUP = "120363029388650001@g.us"
CLOUD = frozenset({"phone", "bsuid"})
ELSEWHERE = "queued message whose address leads elsewhere"


class Desk:
    """Somebody who answers, in a business."""

    def __init__(self, connection: Connection, business_id: int) -> None:
        self.connection = connection
        self.business_id = business_id

    def asked(self, address: str, at: str, **columns: Any) -> int:
        """Somebody writes through the Cloud API; the id of their thread."""
        columns = {"provider": "meta_cloud", "to_number": OWN} | columns
        row = insert(self.connection, self.business_id, "inbound", from_number=address,
                     sent_at=f"2026-{at}T12:00Z", **columns)  # fmt: skip
        return int(row.conversation_id)

    def evidence(self, a: str, relation: str, b: str | None, at: str) -> None:
        self.connection.execute(
            "insert into whatsapp_identity_evidence (business_id, a, b, relation, observed_at) "
            "values (%s, %s, %s, %s, %s)",
            [self.business_id, a, b, relation, f"2026-{at}T12:00Z"],
        )

    def answer(self, conversation_id: int, **arguments: Any) -> Any:
        """Queues an answer in a thread; the row."""
        names = "".join(f", p_{name} => %s" for name in arguments)
        message_id = scalar(
            self.connection,
            f"select onethread.queue_message(%s, %s, 'Your results'{names})",
            self.business_id, conversation_id, *arguments.values(),
        )  # fmt: skip
        return message(self.connection, message_id)

    def queue(self, address: str, **columns: Any) -> Any:
        """Inserts a row to be sent, as any program does."""
        columns = {"body": "Your results", "status": "queued"} | columns
        return insert(self.connection, self.business_id, "outbound", to_number=address, **columns)

    def claim(self, **sender: Any) -> list[Any]:
        names = "".join(f", p_{name} => %s" for name in sender)
        return rows(
            self.connection,
            f"select * from onethread.claim_queued_messages(%s, 10, '1 min'{names})",
            self.business_id, *sender.values(),
        )  # fmt: skip

    def reason(self, message_id: int) -> str:
        """Why it failed, as the thread says."""
        [row] = rows(
            self.connection,
            "select status, delivery_note from whatsapp_thread where business_id = %s and id = %s",
            self.business_id,
            message_id,
        )
        assert row.status == "failed"
        return str(row.delivery_note)

    def views(self, conversation_id: int) -> str | None:
        """The reply address, of which all that tell it say the same."""
        said = {
            scalar(
                self.connection,
                f"select reply_address from {view} where business_id = %s and conversation_id = %s",
                self.business_id,
                conversation_id,
            )
            for view in ("whatsapp_inbox", "whatsapp_thread", "crm_conversation")
        }
        said.add(
            scalar(
                self.connection,
                "select reply_address from onethread.reply_address(%s, %s)",
                self.business_id,
                conversation_id,
            )
        )
        [address] = said
        return None if address is None else str(address)

    def violations(self) -> list[str]:
        return [
            str(row[1])
            for row in rows(
                self.connection,
                "select business_id, problem from thread_integrity where business_id = %s",
                self.business_id,
            )
        ]


@pytest.fixture
def desk(connection: Connection, business_id: int) -> Desk:
    return Desk(connection, business_id)


def change_number(desk: Desk) -> tuple[int, str]:
    thread = desk.asked(P1, "01-01", contact_aliases=[B1])
    desk.evidence(P1, "replaced", P2, "02-01")
    desk.evidence(B1, "replaced", B2, "02-01")
    return thread, P2


def change_number_and_a_stranger_writes(desk: Desk) -> tuple[int, str]:
    thread, address = change_number(desk)
    assert desk.asked(P1, "03-01") != thread
    return thread, address


def second_account_on_the_phone(desk: Desk) -> tuple[int, str]:
    thread = desk.asked(P1, "01-01", contact_aliases=[B1])
    assert desk.asked(P1, "02-01", contact_aliases=[B2]) != thread
    return thread, B1


def somebody_elses_contact_names_the_phone(desk: Desk) -> tuple[int, str]:
    thread = desk.asked(P1, "01-01", contact_aliases=[B1])
    assert desk.asked(B2, "02-01") != thread
    desk.evidence(B2, "same", P1, "02-02")
    return thread, B1


def taken_over_by_another_customer(desk: Desk) -> tuple[int, str]:
    thread = desk.asked(P1, "01-01", contact_aliases=[B1])
    other = desk.asked(P2, "01-02", contact_aliases=[B2])
    assert desk.asked(P1, "02-01", contact_aliases=[B2]) == other != thread
    return thread, B1


def split_by_hand(desk: Desk) -> tuple[int, str]:
    thread = desk.asked(LID, "01-01", provider="evolution")
    assert desk.asked(P1, "01-02", contact_aliases=[LID], provider="evolution") == thread
    desk.connection.execute(
        "select onethread.split_identifier(%s, 'phone', %s)", [desk.business_id, P1]
    )
    return thread, LID


def rotated_bsuid(desk: Desk) -> tuple[int, str]:
    thread = desk.asked(B1, "01-01")
    desk.evidence(B1, "replaced", B2, "02-01")
    return thread, B2


SITUATIONS = [
    change_number,
    change_number_and_a_stranger_writes,
    second_account_on_the_phone,
    somebody_elses_contact_names_the_phone,
    taken_over_by_another_customer,
    split_by_hand,
    rotated_bsuid,
]
by_situation = pytest.mark.parametrize("arrange", SITUATIONS, ids=lambda each: each.__name__)
Arrange = Callable[[Desk], tuple[int, str]]


@by_situation
def test_answer_goes_to_the_person_and_stands_in_their_thread(desk: Desk, arrange: Arrange) -> None:
    thread, address = arrange(desk)
    row = desk.answer(thread)
    assert (row.conversation_id, row.to_number) == (thread, address)
    assert desk.views(thread) == address
    [claimed] = desk.claim()
    assert (claimed.conversation_id, claimed.to_number) == (thread, address)
    assert desk.violations() == []


@by_situation
def test_answer_queued_before_it_happened_follows_the_person(desk: Desk, arrange: Arrange) -> None:
    """A reminder for later: written to what was the address then. It stays in its thread."""
    queued: list[Any] = []
    asked = desk.asked

    def asked_and_queued(address: str, at: str, **columns: Any) -> int:
        thread = asked(address, at, **columns)
        if not queued:
            later = {"send_after": "2026-06-01"}
            queued.append(desk.answer(thread, **later))
            if arrange is not split_by_hand:
                queued.append(desk.queue(address, conversation_id=thread, **later))
        return thread

    desk.asked = asked_and_queued  # type: ignore[method-assign]
    thread, address = arrange(desk)
    for row in queued:
        assert message(desk.connection, row.id).conversation_id == thread
    for _ in queued:
        [claimed] = desk.claim()
        assert (claimed.conversation_id, claimed.to_number) == (thread, address)
        desk.connection.execute(
            "select onethread.note_sent_message(%s, %s, 1, %s)",
            [desk.business_id, claimed.id, f"wamid.{claimed.id}"],
        )
    assert desk.violations() == []


def test_answer_fails_visibly_when_the_person_has_no_address_left(desk: Desk) -> None:
    thread = desk.asked(P1, "01-01")
    queued = desk.answer(thread, send_after="2026-06-01")
    desk.evidence(P1, "replaced", None, "02-01")
    stranger = desk.asked(P1, "03-01")
    assert stranger != thread and desk.views(thread) is None
    assert desk.violations() == [ELSEWHERE]
    refused = pytest.raises(psycopg.errors.ObjectNotInPrerequisiteState, match="is not theirs any")
    with refused, desk.connection.transaction():
        desk.answer(thread)
    assert desk.claim() == []
    row = message(desk.connection, queued.id)
    assert (row.status, row.conversation_id) == ("failed", thread)
    assert f"{P1} is somebody else's" in desk.reason(row.id)
    assert desk.violations() == []


def test_row_stays_in_the_conversation_it_was_given_when_its_address_leads_elsewhere(
    desk: Desk,
) -> None:
    thread, other = desk.asked(P1, "01-01"), desk.asked(P2, "01-01")
    row = desk.queue(P2, conversation_id=thread)
    assert (row.conversation_id, row.identity_id) == (thread, None)
    assert desk.violations() == [ELSEWHERE]
    desk.connection.execute(
        "update whatsapp_message set to_number = '0502222222', sent_at = now() where id = %s",
        [row.id],
    )
    assert message(desk.connection, row.id).conversation_id == thread
    [claimed] = desk.claim()
    assert (claimed.conversation_id, claimed.to_number) == (thread, P1)
    # Without a conversation it is that of its address, with a schedule alone too.
    assert desk.queue(P2).conversation_id == other
    plain = insert(desk.connection, desk.business_id, "outbound", to_number=P2,
                   conversation_id=thread, send_after="2099-01-01")  # fmt: skip
    assert plain.conversation_id == other


def test_new_number_in_a_known_conversation_makes_no_thread(desk: Desk) -> None:
    thread = desk.asked(P1, "01-01")
    desk.queue(P2, conversation_id=thread)
    assert scalar(desk.connection, "select count(*) from whatsapp_conversation where business_id = "
                  "%s", desk.business_id) == 1  # fmt: skip
    [claimed] = desk.claim()
    assert claimed.to_number == P1


@pytest.mark.parametrize("is_deleted", [False, True])
def test_row_fails_when_its_conversation_is_gone(desk: Desk, is_deleted: bool) -> None:
    thread = desk.asked(P1, "01-01")
    if is_deleted:
        row = desk.answer(thread, send_after="2099-01-01")
        desk.connection.execute("delete from whatsapp_conversation where id = %s", [thread])
    else:
        row = desk.queue(P1, conversation_id=thread + 1, send_after="2099-01-01")
        assert row.conversation_id is None
    assert desk.claim() == []
    assert message(desk.connection, row.id).status == "failed"
    reason = scalar(
        desk.connection, "select body from whatsapp_message_event where kind = 'failed'"
    )
    assert reason == ("its conversation was deleted" if is_deleted else "its conversation is gone")
    with pytest.raises(psycopg.errors.NoDataFound):
        desk.answer(thread + 1)


def merge(desk: Desk, survivor: int, absorbed: int) -> int:
    return int(scalar(desk.connection, "select onethread.merge_conversations(%s, %s, %s, 'x')",
                      desk.business_id, survivor, absorbed))  # fmt: skip


def test_join_takes_the_row_along_and_undo_brings_it_back(desk: Desk) -> None:
    one, two = desk.asked(P1, "01-01"), desk.asked(P2, "01-02")
    before = [desk.answer(one), desk.answer(two)]
    # Its address leads elsewhere: it belongs to the conversation all the same.
    lost = desk.queue(P1, conversation_id=two)
    merge_id = merge(desk, one, two)
    after = [desk.queue(P1, conversation_id=one), desk.queue(P2, conversation_id=two)]
    ids = [row.id for row in (*before, *after, lost)]

    def threads() -> list[int]:
        return [message(desk.connection, each).conversation_id for each in ids]

    assert threads() == [one] * 5
    assert desk.violations() == []
    desk.connection.execute("select onethread.undo_merge(%s, %s)", [desk.business_id, merge_id])
    assert threads() == [one, two, one, two, two]
    assert {row.to_number for row in desk.claim()} == {P1, P2}


def test_undo_parts_what_was_queued_to_a_phone_that_passed_on(desk: Desk) -> None:
    """Both had the phone, one after the other; while they were joined it was one person's."""
    first = desk.asked(P1, "01-01", contact_aliases=[B1])
    second = desk.asked(P1, "02-01", contact_aliases=[B2])
    merge_id = merge(desk, first, second)
    row = desk.queue(P1, conversation_id=first)
    desk.connection.execute("select onethread.undo_merge(%s, %s)", [desk.business_id, merge_id])
    assert message(desk.connection, row.id).conversation_id == second
    assert desk.violations() == []


def test_split_takes_along_what_is_addressed_to_the_identifier(desk: Desk) -> None:
    thread = desk.asked(P1, "01-01", provider="evolution")
    desk.asked(LID, "01-02", contact_aliases=[P1], provider="evolution")
    to_phone = desk.queue(P1, conversation_id=thread)
    to_account = desk.queue(LID, conversation_id=thread)
    split = "select onethread.split_identifier(%s, 'phone', %s)"
    desk.connection.execute(split, [desk.business_id, P1])
    threads = {
        message(desk.connection, row.id).conversation_id: scalar(
            desk.connection,
            "select onethread.find_conversation(%s, %s)",
            desk.business_id,
            row.to_number,
        )
        for row in (to_phone, to_account)
    }
    assert len(threads) == 2
    assert list(threads.keys()) == list(threads.values())
    assert desk.violations() == []


def test_handing_over_makes_no_thread_for_what_is_only_queued(desk: Desk) -> None:
    thread = desk.asked(P1, "01-01", contact_aliases=[B1])
    row = desk.answer(thread)
    desk.evidence(P1, "replaced", P2, "02-01")  # before it was queued
    assert message(desk.connection, row.id).conversation_id == thread
    assert scalar(desk.connection, "select count(*) from whatsapp_conversation where business_id = "
                  "%s", desk.business_id) == 1  # fmt: skip


def test_corrected_phone_of_a_lead_is_the_one_addressed(desk: Desk) -> None:
    for old, new in (("0501110050", "0501110051"), ("0501110053", "0501110052")):
        lead_id = add_lead(desk.connection, desk.business_id, old)
        row = insert(desk.connection, desk.business_id, "outbound", to_number=old, lead_id=lead_id)
        desk.connection.execute("update lead set phone = %s where id = %s", [new, lead_id])
        thread = row.conversation_id
        assert desk.views(thread) == f"+972{new[1:]}"
        assert desk.answer(thread).to_number == f"+972{new[1:]}"
        # Also what was queued to the old one.
        desk.queue(old, conversation_id=thread)
    assert {row.to_number for row in desk.claim()} == {"+972501110051", "+972501110052"}
    # Who writes from it has it.
    desk.asked("0501110050", "03-01", provider=None)
    assert desk.views(rows(desk.connection, "select min(id) as id from whatsapp_conversation where "
                           "business_id = %s", desk.business_id)[0].id) == "0501110050"  # fmt: skip


def test_phone_of_a_lead_that_is_gone_is_still_addressed(desk: Desk) -> None:
    lead_id = add_lead(desk.connection, desk.business_id, P1)
    row = desk.queue(P1)
    desk.connection.execute("delete from lead where id = %s", [lead_id])
    [claimed] = desk.claim()
    assert (claimed.id, claimed.to_number) == (row.id, P1)


def test_former_phone_is_used_when_it_was_written_from_after_the_new_one(desk: Desk) -> None:
    thread = desk.asked(P1, "01-01", contact_aliases=[B1])
    assert desk.asked(B1, "02-01", contact_aliases=[P2]) == thread
    desk.connection.execute("delete from whatsapp_message where from_number = %s", [B1])
    assert desk.views(thread) == B1  # P1 is an alias, and the last thing written came from it
    assert desk.asked(P1, "03-01") == thread
    assert desk.views(thread) == P1


def test_aliases_come_after_the_address_and_older_messages_after_newer(desk: Desk) -> None:
    thread = desk.asked(P1, "01-01", contact_aliases=[B1])
    assert desk.asked(B1, "02-01") == thread
    assert desk.views(thread) == B1
    assert desk.asked("972501111111@s.whatsapp.net", "03-01") == thread
    assert desk.views(thread) == "972501111111@s.whatsapp.net"


def test_group_is_answered_in_the_group(desk: Desk) -> None:
    thread = desk.asked(GROUP, "01-01", participant=P1, contact_aliases=[LID], provider="waha")
    assert desk.views(thread) == GROUP
    assert desk.answer(thread).to_number == GROUP


def test_provider_and_own_number_are_those_that_can_send_there(desk: Desk) -> None:
    thread = desk.asked(P1, "01-01", contact_aliases=[B1])
    assert desk.asked(LID, "01-02", provider="evolution", contact_aliases=[P1],
                      to_number="+97237000200") == thread  # fmt: skip
    row = desk.answer(thread)
    assert (row.to_number, row.provider, row.from_number) == (LID, "evolution", "+97237000200")
    # A Cloud API payload never names a LID that it could be sent to.
    assert desk.asked(P1, "01-03", contact_aliases=[B1], to_number=OWN) == thread
    row = desk.answer(thread)
    assert (row.to_number, row.provider, row.from_number) == (P1, "meta_cloud", OWN)


def test_conversation_cannot_be_answered_when_its_provider_cannot_send_there(desk: Desk) -> None:
    thread = desk.asked(LID, "01-01", provider="meta_cloud")
    assert desk.views(thread) is None
    with pytest.raises(psycopg.errors.ObjectNotInPrerequisiteState, match="no address of theirs"):
        desk.answer(thread)


def test_sender_gets_what_it_can_deliver_and_no_others(desk: Desk) -> None:
    thread = desk.asked(P1, "01-01", contact_aliases=[LID], provider="evolution")
    rows_ = {
        "other provider": desk.queue(P1, conversation_id=thread, provider="evolution"),
        "other number": desk.queue(P1, conversation_id=thread, from_number="+97237000200"),
        "lid": desk.queue(LID, conversation_id=thread),
    }
    sender = {"provider": "meta_cloud", "kinds": sorted(CLOUD), "own_number": OWN}
    [claimed] = desk.claim(**sender)
    # The person has a phone besides; the message is theirs, not the LID's.
    assert (claimed.id, claimed.to_number) == (rows_["lid"].id, P1)
    [claimed] = desk.claim(provider="evolution", kinds=["phone", "lid"], own_number=OWN)
    assert claimed.id == rows_["other provider"].id
    only_lid = desk.asked(LID2, "01-01", provider="evolution")
    left = desk.queue(LID2, conversation_id=only_lid)
    named = desk.queue(LID2, conversation_id=only_lid, provider="meta_cloud")
    assert desk.claim(**sender) == []
    assert message(desk.connection, left.id).status == "queued"
    assert "meta_cloud cannot write to a lid" in desk.reason(named.id)


def test_key_outlives_the_sending_and_the_join(desk: Desk) -> None:
    one, two = desk.asked(P1, "01-01"), desk.asked(P2, "01-02")
    row = desk.answer(two, key="appointment 7")
    assert desk.answer(one, key="appointment 7") is not None  # another thread's
    [first, second] = desk.claim()
    for each in (first, second):
        desk.connection.execute(
            "select onethread.note_sent_message(%s, %s, 1, %s)",
            [desk.business_id, each.id, f"wamid.{each.id}"],
        )
    merge(desk, one, two)
    query = "select onethread.queue_message(%s, %s, 'again', p_key => 'appointment 7')"
    for conversation_id in (one, two):
        assert scalar(desk.connection, query, desk.business_id, conversation_id) is None
    assert desk.claim() == []
    desk.connection.execute("delete from whatsapp_message where id = %s", [row.id])
    assert scalar(desk.connection, query, desk.business_id, two) is not None


def test_ninth_claim_fails_the_row(desk: Desk) -> None:
    row = desk.answer(desk.asked(P1, "01-01"))
    for attempt in range(1, 9):
        [claimed] = desk.claim()
        assert (claimed.id, claimed.send_attempts) == (row.id, attempt)
        desk.connection.execute("update whatsapp_message set send_after = '2026-01-01'")
    assert desk.claim() == []
    assert "8 times" in desk.reason(row.id)


def test_message_was_sent_when_it_was_claimed(desk: Desk) -> None:
    """What happens to the number while the provider answers does not move it."""
    thread = desk.asked(P1, "01-01", contact_aliases=[B1])
    row = desk.answer(thread)
    [claimed] = desk.claim()
    assert claimed.sent_at > row.sent_at
    desk.connection.execute(
        "insert into whatsapp_identity_evidence (business_id, a, relation, observed_at) "
        "values (%s, %s, 'replaced', clock_timestamp())",
        [desk.business_id, P1],
    )
    desk.connection.execute("select onethread.note_sent_message(%s, %s, 1, 'wamid.1')",
                            [desk.business_id, row.id])  # fmt: skip
    sent = message(desk.connection, row.id)
    assert (sent.conversation_id, sent.sent_at, sent.status) == (thread, claimed.sent_at, "sent")
    assert desk.violations() == []


def test_message_without_an_id_says_so(desk: Desk) -> None:
    row = desk.answer(desk.asked(P1, "01-01"))
    assert desk.claim()
    note = "select onethread.note_unconfirmed_message(%s, %s, %s, 'the answer was empty')"
    assert not scalar(desk.connection, note, desk.business_id, row.id, 2)
    assert scalar(desk.connection, note, desk.business_id, row.id, 1)
    [shown] = rows(desk.connection, "select * from whatsapp_thread where business_id = %s and id = "
                   "%s", desk.business_id, row.id)  # fmt: skip
    assert (shown.status, shown.delivery_note) == ("sent", "sent, id unknown: the answer was empty")
    assert desk.claim() == []


def test_what_a_person_wrote_is_no_answer_whatever_its_status(desk: Desk) -> None:
    """A CRM may call queued what waits for a bot: it is linked by its address, and never sent."""
    one, two = desk.asked(P1, "01-01"), desk.asked(P2, "01-01")
    for status in ("queued", "sending"):
        row = insert(desk.connection, desk.business_id, "incoming", from_number=P2, body="mine",
                     status=status, conversation_id=one)  # fmt: skip
        assert row.conversation_id == two
    assert desk.claim() == []
    merge_id = merge(desk, one, two)
    desk.connection.execute("select onethread.undo_merge(%s, %s)", [desk.business_id, merge_id])
    desk.evidence(P2, "replaced", None, "06-01")
    desk.connection.execute(
        "delete from whatsapp_conversation where business_id = %s and id = %s",
        [desk.business_id, one],
    )
    written = rows(
        desk.connection,
        "select conversation_id, status from whatsapp_message where body = 'mine' order by id",
    )
    assert [row.status for row in written] == ["queued", "sending"]
    assert desk.violations() == []


def test_answer_goes_to_the_person_when_its_writer_filled_the_other_side(desk: Desk) -> None:
    add_own_number(desk.connection, desk.business_id, "phone", OWN)
    thread = desk.asked(P1, "01-01")
    swapped = desk.queue(OWN, from_number=P1)
    empty = desk.queue("", from_number=P1, conversation_id=thread)
    assert swapped.conversation_id == empty.conversation_id == thread
    for row in (swapped, empty):
        [claimed] = desk.claim()
        assert (claimed.id, claimed.to_number) == (row.id, P1)
        desk.connection.execute("update whatsapp_message set status = 'sent' where id = %s",
                                [row.id])  # fmt: skip


def test_provider_is_given_no_address_that_it_cannot_write_to(desk: Desk) -> None:
    """Also when the program that claims does not say what it can."""
    thread = desk.asked(LID, "01-01", provider="evolution")
    named = desk.queue(LID, conversation_id=thread, provider="meta_cloud")
    free = desk.queue(LID, conversation_id=thread)
    assert desk.claim(provider="meta_cloud") == []
    assert "meta_cloud cannot write to a lid" in desk.reason(named.id)
    [claimed] = desk.claim()
    assert (claimed.id, claimed.to_number) == (free.id, LID)


def test_typed_number_is_written_out_for_a_provider(desk: Desk) -> None:
    """0502222222 is nobody to the Cloud API, which is where they last wrote from."""
    one, two = desk.asked("0502222222", "01-01", provider=None), desk.asked(P1, "01-02")
    merge(desk, one, two)
    desk.evidence(P1, "replaced", None, "02-01")
    row = desk.answer(one)
    assert (row.provider, row.to_number, row.from_number) == ("meta_cloud", P2, OWN)
    assert desk.views(one) == P2
    assert desk.violations() == []


def test_reason_is_that_of_the_message_when_another_has_its_id(desk: Desk) -> None:
    for address, reason in ((P1, "blocked"), (P2, "no window")):
        desk.asked(address, "01-01")
        row = desk.queue(address, status="failed", provider_message_id="same")
        desk.connection.execute(
            "insert into whatsapp_message_event (business_id, kind, provider_message_id, address, "
            "is_from_business, body) values (%s, 'failed', 'same', %s, true, %s)",
            [desk.business_id, address, reason],
        )
        assert desk.reason(row.id) == reason
    # The first one's has not become the second one's.
    assert {
        (row.to_number, row.delivery_note)
        for row in rows(desk.connection, "select to_number, delivery_note from whatsapp_thread "
                        "where business_id = %s and status = 'failed'", desk.business_id)
    } == {(P1, "blocked"), (P2, "no window")}  # fmt: skip


@pytest.mark.parametrize("sent_at", [None, "2026-06-01T12:00Z"])
@pytest.mark.parametrize("has_stranger", [False, True])
def test_answer_stays_in_its_thread_when_a_crm_sends_it(
    desk: Desk, has_stranger: bool, sent_at: str | None
) -> None:
    """It asks nobody where to, and says when it was sent, or not."""
    thread = desk.asked(P1, "01-01")
    row = desk.answer(thread, send_after="2026-06-01")
    kept = desk.answer(thread)
    desk.evidence(P1, "replaced", P2, "02-01")
    if has_stranger:
        assert desk.asked(P1, "03-01") != thread
    desk.connection.execute(
        "update whatsapp_message set status = 'sent', sent_at = coalesce(%s, sent_at) "
        "where id = %s",
        [sent_at, row.id],
    )
    assert message(desk.connection, row.id).conversation_id == thread
    assert [each.id for each in desk.claim()] == [kept.id]
    assert desk.violations() == []


def test_answer_stays_in_its_thread_when_its_number_had_changed_before_it_was_sent(
    desk: Desk,
) -> None:
    """The notice comes while the provider has the message."""
    thread = desk.asked(P1, "01-01")
    desk.answer(thread)
    [claimed] = desk.claim()
    desk.evidence(P1, "replaced", P2, "02-01")
    desk.connection.execute(
        "select onethread.note_sent_message(%s, %s, 1, 'id')", [desk.business_id, claimed.id]
    )
    desk.asked(P1, "03-01")
    sent = message(desk.connection, claimed.id)
    assert (sent.status, sent.conversation_id) == ("sent", thread)
    assert desk.violations() == []


def test_nothing_is_claimed_when_the_limit_is_none(desk: Desk) -> None:
    desk.answer(desk.asked(P1, "01-01"))
    claim = "select * from onethread.claim_queued_messages(%s, %s, '1 min')"
    assert rows(desk.connection, claim, desk.business_id, 0) == []
    assert len(rows(desk.connection, claim, desk.business_id, 1)) == 1


@pytest.mark.parametrize("lease", [None, "0", "-1 min"])
def test_claim_is_refused_when_its_lease_is_over_at_once(desk: Desk, lease: str | None) -> None:
    """Two senders would deliver the same message."""
    desk.answer(desk.asked(P1, "01-01"))
    with pytest.raises(psycopg.errors.InvalidParameterValue, match="the lease"):
        rows(
            desk.connection,
            "select * from onethread.claim_queued_messages(%s, 10, %s::interval)",
            desk.business_id, lease,
        )  # fmt: skip
