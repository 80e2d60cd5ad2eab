"""The commands about who is whom, on a database of their own."""

from __future__ import annotations

import json
from typing import Any

import psycopg
import pytest

from onethread.cli.main import main
from tests.conftest import add_business, insert

LID = "876019134910105@lid"
PHONE = "972501234567@s.whatsapp.net"


@pytest.fixture
def two_threads(database: str, monkeypatch: pytest.MonkeyPatch) -> tuple[int, int, int]:
    """(business, thread by phone, thread by LID) of somebody nobody has connected yet."""
    monkeypatch.setenv("DATABASE_URL", database)
    with psycopg.connect(database, autocommit=True) as connection:
        business_id = add_business(connection)
        phone = insert(connection, business_id, "inbound", address=PHONE, body="by phone")
        lid = insert(connection, business_id, "outbound", address=LID, body="by LID")
    assert phone.conversation_id != lid.conversation_id
    return business_id, phone.conversation_id, lid.conversation_id


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    assert main([*arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_threads_are_one_until_undone_when_merged_by_hand(
    two_threads: tuple[int, int, int], capsys: pytest.CaptureFixture[str]
) -> None:
    _, phone, lid = two_threads
    [preview] = run(capsys, "merge", str(phone), str(lid), "--preview")
    assert (preview["refusal"], preview["messages"]) == (None, 1)

    [merged] = run(capsys, "merge", str(phone), str(lid), "--reason", "same voice")
    assert len(run(capsys, "thread", LID)) == 2
    run(capsys, "undo", merged["merge_id"])
    assert len(run(capsys, "thread", LID)) == 1


def test_message_is_explained_when_evidence_joined_its_thread(
    two_threads: tuple[int, int, int], database: str, capsys: pytest.CaptureFixture[str]
) -> None:
    business_id, _, _ = two_threads
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(
            "insert into whatsapp_identity_evidence (business_id, a, b, relation, source) "
            "values (%s, %s, %s, 'same', 'address book')",
            [business_id, LID, PHONE],
        )
    steps = run(capsys, "explain", "2")
    assert [step["step"] for step in steps][:3] == ["address", "identifier", "evidence"]
    assert any(step["source"] == "address book" for step in steps)
    assert run(capsys, "pending") == []


def test_conflict_is_listed_until_merged_when_a_number_was_recycled(
    two_threads: tuple[int, int, int], database: str, capsys: pytest.CaptureFixture[str]
) -> None:
    business_id, _, _ = two_threads
    with psycopg.connect(database, autocommit=True) as connection:
        for account in (LID, "900000000000001@lid"):
            insert(connection, business_id, "inbound", address=account, contact_aliases=[PHONE])
    [conflict] = run(capsys, "conflicts")
    run(capsys, "merge", conflict["first_conversation_id"], conflict["second_conversation_id"])
    assert run(capsys, "conflicts") == []


def test_refusal_says_why_when_conversations_are_the_same(
    two_threads: tuple[int, int, int], capsys: pytest.CaptureFixture[str]
) -> None:
    _, phone, _ = two_threads
    assert main(["merge", str(phone), str(phone)]) == 1
    assert "they are the same conversation" in capsys.readouterr().err


def say(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(list(arguments)) == 0
    return capsys.readouterr().out


def test_commands_say_what_has_moved_when_they_join_and_part(
    two_threads: tuple[int, int, int], database: str, capsys: pytest.CaptureFixture[str]
) -> None:
    business_id, phone, lid = two_threads
    key = (
        "foreign key (business_id, conversation_id) references whatsapp_conversation "
        "(business_id, id)"
    )
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(
            "create schema crm; create table crm.note (business_id bigint, id bigserial primary "
            f"key, conversation_id bigint, {key}); create table crm.setting (business_id bigint, "
            f"conversation_id bigint, primary key (business_id, conversation_id), {key})"
        )
        for table, conversation_id in (("note", lid), ("setting", lid), ("setting", phone)):
            connection.execute(
                f"insert into crm.{table} (business_id, conversation_id) values (%s, %s)",
                [business_id, conversation_id],
            )
    assert say(capsys, "merge", str(phone), str(lid)) == (
        f"Conversation {lid} is in conversation {phone} now: 1 message under 876019134910105.\n"
        "1 row of crm.note came along.\n"
        f"The rows of crm.setting stay with {lid}, which is empty.\n"
        "Merge 2: `onethread undo 2` undoes it.\n"
    )
    assert say(capsys, "undo", "2") == (
        f"Merge 2 is undone: conversation {lid} is its own again, with 1 message under "
        "876019134910105.\n"
        "1 of 1 row of crm.note went back.\n"
    )
    assert say(capsys, "split", PHONE) == (
        f"{PHONE} leads to conversation {phone} now, which has 1 message.\n"
    )


def test_conflict_is_settled_when_somebody_says_that_they_are_two_people(
    two_threads: tuple[int, int, int], database: str, capsys: pytest.CaptureFixture[str]
) -> None:
    business_id, _, _ = two_threads
    with psycopg.connect(database, autocommit=True) as connection:
        for account in (LID, "900000000000001@lid"):
            insert(connection, business_id, "inbound", address=account, contact_aliases=[PHONE])
    [conflict] = run(capsys, "conflicts")
    pair = conflict["first_conversation_id"], conflict["second_conversation_id"]
    assert "`onethread different FIRST SECOND`" in say(capsys, "conflicts")
    threads = run(capsys, "thread", LID)
    assert say(capsys, "different", *pair) == (
        f"Conversations {pair[0]} and {pair[1]} are two people; nothing has moved. "
        "0 open questions left.\n"
    )
    assert run(capsys, "conflicts") == []
    assert run(capsys, "thread", LID) == threads
    assert say(capsys, "different", *pair, "--withdraw") == (
        f"It is no longer said that conversations {pair[0]} and {pair[1]} are two people. "
        "1 open question left.\n"
    )
    assert main(["different", *pair, "--withdraw"]) == 1
    assert "nobody has said" in capsys.readouterr().err
    assert main(["different", pair[0], pair[0]]) == 1
    assert "it is one conversation" in capsys.readouterr().err


def test_address_leads_elsewhere_when_split(
    two_threads: tuple[int, int, int], capsys: pytest.CaptureFixture[str]
) -> None:
    _, phone, lid = two_threads
    run(capsys, "merge", str(phone), str(lid))
    [parted] = run(capsys, "split", LID)
    assert parted["conversation_id"] != str(phone)
    assert len(run(capsys, "thread", LID)) == 1
