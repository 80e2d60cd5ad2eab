"""What happened to a number by the provider's own payloads, and where the answer goes then."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from tests.cli.commands import OWN_NUMBER, CommandLine
from tests.conftest import Connection
from tests.sending.fake_provider import FakeProvider, run_fake_provider
from tests.sql.query import scalar

P1, P2 = "972501110060", "972501110061"
B1, B2 = "IL.60", "IL.61"
STRANGER = "IL.99"


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeProvider]:
    with run_fake_provider() as provider:
        monkeypatch.setenv("ONETHREAD_META_URL", provider.url)
        monkeypatch.setenv("ONETHREAD_META_PHONE_NUMBER_ID", "100000000000001")
        monkeypatch.setenv("ONETHREAD_META_ACCESS_TOKEN", "token")
        yield provider


@pytest.fixture
def session(clinic: CommandLine) -> Iterator[Connection]:
    with psycopg.connect(clinic.url, autocommit=True) as connection:
        yield connection


class Webhook:
    """Meta's payloads, one message each."""

    def __init__(self, clinic: CommandLine) -> None:
        self.clinic = clinic
        self.count = 0

    def __call__(self, at: int, message: dict[str, Any], bsuid: str | None = None) -> None:
        self.count += 1
        message = {"id": f"wamid.{self.count}", "timestamp": str(1785000000 + at)} | message
        value = {
            "messaging_product": "whatsapp",
            "metadata": {"display_phone_number": OWN_NUMBER, "phone_number_id": "100000000000001"},
            "messages": [message],
        }
        if bsuid is not None:
            contact = {"wa_id": message["from"], "user_id": bsuid, "profile": {"name": "Gil"}}
            value["contacts"] = [{k: v for k, v in contact.items() if v}]
        change = {"field": "messages", "value": value}
        payload = {"object": "whatsapp_business_account", "entry": [{"changes": [change]}]}
        outcome = self.clinic.ingest("meta_cloud", "-", stdin=json.dumps(payload).encode())
        assert outcome.code == 0, outcome.out + outcome.err

    def text(self, at: int, sender: str, bsuid: str | None, body: str) -> None:
        message = {"from": sender, "type": "text", "text": {"body": body}}
        self(at, message | ({"from_user_id": bsuid} if bsuid else {}), bsuid)


@pytest.fixture
def webhook(clinic: CommandLine) -> Webhook:
    return Webhook(clinic)


def change_number(webhook: Webhook) -> None:
    system = {
        "body": f"User Gil changed from {P1} to {P2}", "type": "user_changed_number",
        "wa_id": P2, "user_id": B2, "previous_user_id": B1,
    }  # fmt: skip
    webhook(1000, {"from": P1, "type": "system", "system": system})


def change_number_and_a_stranger_writes(webhook: Webhook) -> None:
    change_number(webhook)
    webhook.text(2000, P1, STRANGER, "who is this?")


def second_account_on_the_phone(webhook: Webhook) -> None:
    webhook.text(1000, P1, STRANGER, "new phone, who is this?")


def contact_request_of_another(webhook: Webhook) -> None:
    webhook.text(900, P2, STRANGER, "hello")
    card = {"origin": "contact_request", "phones": [{"phone": f"+{P1}", "wa_id": P1}]}
    answer = {"context": {"from": OWN_NUMBER, "id": "wamid.0"}, "contacts": [card]}
    webhook(1000, {"from": P2, "from_user_id": STRANGER, "type": "contacts"} | answer, STRANGER)


def taken_over_by_another_customer(webhook: Webhook) -> None:
    webhook.text(500, P2, STRANGER, "hello")
    webhook.text(1000, P1, STRANGER, "my new number")


def rotated_bsuid(webhook: Webhook) -> None:
    system = {"type": "user_changed_user_id", "user_id": B2, "previous_user_id": B1,
              "body": "User Gil changed"}  # fmt: skip
    webhook(1000, {"from": B1, "type": "system", "system": system})


def split_by_hand(webhook: Webhook) -> None:
    outcome = webhook.clinic("split", P1, "--business", "1")
    assert outcome.code == 0, outcome.err


# What happened, who wrote first (address and account), and where the answer goes.
SITUATIONS = [
    (change_number, (P1, B1), {"to": P2}),
    (change_number_and_a_stranger_writes, (P1, B1), {"to": P2}),
    (second_account_on_the_phone, (P1, B1), {"recipient": B1}),
    (contact_request_of_another, (P1, B1), {"recipient": B1}),
    (taken_over_by_another_customer, (P1, B1), {"recipient": B1}),
    (rotated_bsuid, (B1, B1), {"recipient": B2}),
    (split_by_hand, (P1, B1), {"recipient": B1}),
]


@pytest.mark.parametrize("is_queued_before", [False, True])
@pytest.mark.parametrize(
    ("happens", "who", "expected"), SITUATIONS, ids=lambda each: getattr(each, "__name__", "")
)
def test_answer_reaches_the_person_and_stands_in_their_thread(
    clinic: CommandLine, session: Connection, provider: FakeProvider, webhook: Webhook,
    happens: Any, who: tuple[str, str], expected: dict[str, str], is_queued_before: bool,
) -> None:  # fmt: skip
    webhook.text(0, *who, "hi")
    if who[0] != who[1]:
        webhook.text(10, who[1], who[1], "and again")  # under the account alone
        webhook.text(20, *who, "and from the phone")
    thread = scalar(session, "select max(id) from whatsapp_conversation")
    queue = "select onethread.queue_message(1, %s, 'Your results')"
    if is_queued_before and happens is not split_by_hand:
        session.execute(queue, [thread])
        happens(webhook)
    else:
        happens(webhook)
        if happens is split_by_hand:
            thread = scalar(session, "select onethread.find_conversation(1, %s)", B1)
        session.execute(queue, [thread])
    outcome = clinic("send-queued")
    assert (outcome.code, outcome.out) == (0, "1 sent, 0 to be tried again, 0 failed.\n")
    [request] = provider.requests
    assert {k: v for k, v in request.content.items() if k in ("to", "recipient")} == expected
    row = "select conversation_id, status from whatsapp_message where body = 'Your results'"
    assert session.execute(row).fetchall() == [(thread, "sent")]
    shown = clinic.bodies(str(expected.get("to") or expected["recipient"]))
    assert shown[-1] == "Your results" and shown[0] == "hi"
    assert session.execute("select problem from thread_integrity").fetchall() == []


def test_thread_shows_what_became_of_each_answer(
    clinic: CommandLine, session: Connection, provider: FakeProvider, webhook: Webhook
) -> None:
    webhook.text(0, P1, B1, "hi")
    thread = scalar(session, "select max(id) from whatsapp_conversation")
    queue = "select onethread.queue_message(1, %s, %s, p_send_after => %s)"
    provider.answers = [(400, {"error": {"code": 100, "message": "Bad parameter"}}, {}), None]
    for body in ("refused", "broken"):
        session.execute(queue, [thread, body, None])
    assert clinic("send-queued").code == 1
    session.execute(queue, [thread, "later", "2099-01-01 12:00+00"])
    session.execute(queue, [thread, "now", None])
    shown = clinic("thread", P1, "--business", "1").out
    for text in ("failed: 100: 400 Bad parameter", "sent, id unknown: the connection broke",
                 "scheduled, not before 2099-01-01", "queued"):  # fmt: skip
        assert text in shown
    notes = {row["body"]: row["delivery_note"] for row in clinic.thread(P1)}
    assert notes["refused"] == "100: 400 Bad parameter"
    assert notes["broken"].startswith("sent, id unknown: ")
    session.execute("update whatsapp_message set status = 'sending' where body = 'now'")
    assert "being sent" in clinic("thread", P1, "--business", "1").out
