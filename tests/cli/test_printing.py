"""What a person at a terminal of 80 columns reads, and copies into the next command."""

from __future__ import annotations

import json
import re
from typing import Any

import psycopg
import pytest

from tests.cli.commands import BAILEYS, CLOUD, CommandLine
from tests.cli.test_ingest import upsert

AVI = "0521110001"
GROUP = "972501234567-1600000000@g.us"
BSUID = "IL.13491208655302741918"
LID, OTHER_LID = "876019134910105@lid", "900000000000001@lid"
LONG_TEXT = "When may I come, and what shall I bring, and is there a place for my car? " * 3


@pytest.fixture
def terminal(clinic: CommandLine, monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    """The command line in a terminal of 80 columns, with messages of both providers."""
    monkeypatch.setenv("COLUMNS", "80")
    clinic.ingest("meta_cloud", CLOUD)
    clinic.ingest("baileys", BAILEYS)
    return clinic


def insert(command: CommandLine, **values: Any) -> None:
    row = {"business_id": 1, "direction": "inbound"} | values
    with psycopg.connect(command.url) as connection:
        connection.execute(
            f"insert into whatsapp_message ({', '.join(row)}) "
            f"values ({', '.join(['%s'] * len(row))})",
            list(row.values()),
        )


def starts(out: str) -> list[str]:
    """The numbers that lines begin with."""
    return re.findall(r"^ *(\d+)  \d{4}-", out, flags=re.MULTILINE)


def test_inbox_shows_ids_and_whole_addresses_when_narrow(terminal: CommandLine) -> None:
    insert(terminal, from_number=BSUID, contact_aliases=["972521110001", LID], sender_name="Avi")
    insert(terminal, from_number=GROUP)
    rows = terminal("inbox", "--json").rows
    out = terminal("inbox").out
    assert starts(out) == [row["conversation_id"] for row in rows]
    addresses = {address for row in rows for address in row["addresses"]}
    assert {BSUID, LID, GROUP} <= addresses
    assert addresses <= set(out.split())
    assert max(map(len, out.splitlines())) <= 80


def test_thread_shows_ids_and_whole_addresses_when_narrow(terminal: CommandLine) -> None:
    insert(terminal, from_number=LID, contact_aliases=["972521110001"], body=LONG_TEXT)
    rows = terminal.thread(AVI)
    out = terminal("thread", AVI).out
    assert out.splitlines()[0] == f"Conversation {rows[0]['conversation_id']}"
    assert starts(out) == [row["id"] for row in rows]
    assert {row["from_number"] for row in rows if row["direction"] == "inbound"} <= set(out.split())
    assert LID in out.split()
    assert max(map(len, out.splitlines())) <= 80
    assert "and is there a place for my car?" in " ".join(out.split())


def test_address_is_whole_when_longer_than_the_line(terminal: CommandLine) -> None:
    address = f"IL.{'A1' * 60}"
    insert(terminal, from_number=address, sender_name="Somebody with a name")
    for outcome in (terminal("inbox"), terminal("thread", address)):
        assert address in outcome.out.split()


def test_message_is_explained_when_its_id_is_copied_from_the_thread(terminal: CommandLine) -> None:
    [conversation_id] = re.findall(r"^Conversation (\d+)$", terminal("thread", AVI).out, re.M)
    for message_id in starts(terminal("thread", AVI).out):
        explained = terminal("explain", message_id)
        assert explained.code == 0, explained.err
        assert re.search(rf"^conversation +{conversation_id} ", explained.out, re.M)


def test_identifiers_are_whole_when_explained_in_few_columns(
    terminal: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    insert(terminal, from_number=BSUID, contact_aliases=["972521110001", LID])
    message_id = starts(terminal("thread", BSUID).out)[-1]
    for columns in ("80", "40", "20"):
        monkeypatch.setenv("COLUMNS", columns)
        words = terminal("explain", message_id).out.split()
        assert {f"bsuid::{BSUID}", "phone::+972521110001", "lid::876019134910105"} <= set(words)


def test_merge_is_undone_when_its_id_is_copied_from_an_explanation(terminal: CommandLine) -> None:
    insert(terminal, from_number=LID, body="by LID")
    insert(terminal, from_number="0501234567", body="by phone")
    with psycopg.connect(terminal.url) as connection:
        connection.execute(
            "insert into whatsapp_identity_evidence (business_id, a, b, relation, source) "
            "values (1, %s, '0501234567', 'same', 'address book')",
            [LID],
        )
    [message_id, _] = starts(terminal("thread", LID).out)
    [merge_id] = re.findall(r" merge (\d+): \d+ into \d+", terminal("explain", message_id).out)
    undone = terminal("undo", merge_id)
    assert undone.code == 0, undone.err
    assert terminal.bodies(LID) == ["by LID"]


def test_conversations_are_merged_when_ids_are_copied_from_the_inbox(
    terminal: CommandLine,
) -> None:
    for address in (LID, "0501234567"):
        insert(terminal, from_number=address)
    ids = starts(terminal("inbox").out)
    merged = terminal("merge", *ids[:2])
    assert merged.code == 0, merged.err
    [command] = re.findall(r"`onethread (.+?)`", merged.out)
    assert terminal(*command.split()).code == 0
    assert starts(terminal("inbox").out) == ids


def test_conflict_is_settled_when_ids_are_copied(
    terminal: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    for account in (LID, OTHER_LID):
        insert(terminal, from_number=account, contact_aliases=["972501234567"])
    for columns in ("80", "200"):
        monkeypatch.setenv("COLUMNS", columns)
        out = terminal("conflicts").out
        assert OTHER_LID in out.split()
    monkeypatch.setenv("COLUMNS", "80")
    ids = re.findall(r"^(?:First|Second) conversation id +(\d+)$", terminal("conflicts").out, re.M)
    assert terminal("merge", *ids).code == 0
    assert terminal("conflicts").out == "No open question.\n"


def test_payload_is_tried_again_when_its_id_is_copied(terminal: CommandLine) -> None:
    lines = ["{oops", "{again"]
    terminal.ingest("baileys", terminal.file("\n".join(lines)))
    first, second = (line.split()[0] for line in terminal("rejects").out.splitlines())
    replayed = terminal("rejects", "replay", second, "--business", "1", "--json")
    assert json.loads(replayed.out) == {
        "resolved": [], "unread": [], "still_rejected": [int(second)],
    }  # fmt: skip
    assert first != second


def test_next_page_is_read_when_its_cursor_is_copied(terminal: CommandLine) -> None:
    for command in (("inbox",), ("thread", AVI)):
        whole = starts(terminal(*command).out)
        paged: list[str] = []
        more: list[str] = []
        while True:
            out = terminal(*command, "--limit", "2", *more).out
            page = starts(out)
            paged = [*page, *paged] if command[0] == "thread" else [*paged, *page]
            if not (cursor := re.findall(r"--before '(.+)'", out)):
                break
            more = ["--before", cursor[0]]
        assert paged == whole


def test_business_is_listed_with_the_id_that_was_printed(terminal: CommandLine) -> None:
    added = terminal("business", "add", "Padaria", "--region", "BR")
    [business_id] = re.findall(r"^Business (\d+):", added.out)
    assert re.search(rf"^{business_id} +Padaria ", terminal("business", "list").out, re.M)


def test_nothing_is_said_plainly_when_there_is_nothing(onethread: CommandLine) -> None:
    assert "no business yet" in onethread("business", "list").out
    onethread("business", "add", "Clinic", "--region", "IL")
    assert onethread("inbox").out == "No conversation.\n"


def test_count_is_in_the_singular_when_it_is_one(clinic: CommandLine) -> None:
    line = json.dumps(upsert("1", "one"))
    clinic.ingest("baileys", clinic.file(line))
    again = clinic.ingest("baileys", clinic.file(f"{line}\n{json.dumps(upsert('2', 'two'))}"))
    assert again.out.splitlines() == ["1 message inserted", "1 duplicate delivery absorbed"]
