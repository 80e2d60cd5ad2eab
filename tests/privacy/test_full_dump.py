"""Somebody is erased by the command: a full dump holds no number, name or word of theirs."""

from __future__ import annotations

import base64
import json
import re
import subprocess
import unicodedata
from datetime import UTC, datetime, timedelta
from urllib.parse import unquote

import psycopg
import pytest

from tests.cli.commands import CommandLine
from tests.conftest import Connection, add_business, insert
from tests.privacy.scene import (
    GROUP,
    LID,
    NAME,
    OTHER,
    PHONE,
    SECRET,
    TYPED,
    write_message,
    write_reject,
)
from tests.server import client
from tests.sql.query import add_lead, rows, scalar

TRACES = ["501234567", "876019134910105", NAME.lower(), SECRET]

SPELLINGS = [
    PHONE,
    LID,
    "0501234567",
    TYPED,
    "+972 (0)50 123 4567",
    "\u0660\u0665\u0660\u0661\u0662\u0663\u0664\u0665\u0666\u0667",
    "972\u00a050\u2011123\u20114567",
    "972501234\u200e567",
    "wamid." + base64.b64encode(b"\x1c\x18\x0c972501234567\x15\x02\x00\x11").decode(),
    NAME,
    NAME.upper(),
]


def readable(dump: str) -> str:
    """The dump as a person would read it: written once more, not with the function under test."""

    def decode(found: re.Match[str]) -> str:
        text = found[1] + "=" * (-len(found[1]) % 4)
        return base64.b64decode(text).decode("latin-1")

    text = re.sub(r"wamid\.([A-Za-z0-9+/]+)", decode, dump)
    text = re.sub(r"\\+u([0-9a-fA-F]{4})", lambda found: chr(int(found[1], 16)), text)
    text = unquote(text)
    text = "".join(
        str(unicodedata.decimal(character, character))
        for character in text
        if unicodedata.category(character) != "Cf"
    )
    text = re.sub(r"(?<=[0-9])[^0-9a-zA-Z\"',\t\n:]{1,3}(?=[0-9])", "", text)
    return text.lower().replace("(0)", "")


def dump(url: str) -> str:
    # utf-8, but a text may hold half a character.
    return subprocess.run(
        [client("pg_dump", url), "--data-only", "--inserts", url], capture_output=True, check=True
    ).stdout.decode("utf-8", "surrogateescape")


def find_lines(url: str) -> list[str]:
    return [line for line in readable(dump(url)).splitlines() if any(t in line for t in TRACES)]


def set_future_scene(connection: Connection) -> int:
    """A person whose gateways' clocks are ahead, among others who were told of them."""
    business_id = add_business(connection)
    lead_id = add_lead(connection, business_id, TYPED, NAME)
    later = datetime.now(UTC) + timedelta(hours=20)
    theirs = {"body": SECRET, "sender_name": NAME, "sent_at": later, "payload": {"from": PHONE}}
    write_message(connection, business_id, "A", 0, from_number=PHONE, contact_aliases=[LID],
                  lead_id=lead_id, body=SECRET, sender_name=NAME)  # fmt: skip
    write_message(connection, business_id, "B", 0, from_number=PHONE, **theirs)
    for number, columns in enumerate(
        (
            {"participant": LID},
            {"participant": PHONE},
            {"participant": None, "contact_aliases": [LID]},
            {"participant": LID, "contact_aliases": [PHONE]},
        )
    ):
        write_message(
            connection, business_id, f"G{number}", 0, from_number=GROUP, **theirs | columns
        )
    # Not linked: nobody knows whose it is, but it names them.
    with connection.transaction():
        connection.execute("set local session_replication_role = replica")
        write_message(
            connection, business_id, "U", 0, from_number=TYPED, **theirs | {"provider": None}
        )
    write_message(connection, business_id, "O", 0, from_number=OTHER, body="hello")
    for number, spelling in enumerate(SPELLINGS[:-2]):
        write_message(connection, business_id, f"O{number}", 0, from_number=OTHER, sent_at=later,
                      body="hello", payload={"quoted": {"by": spelling, "text": "x"}})  # fmt: skip
    for kind, address, actor in (
        ("read", PHONE, None), ("edited", LID, None), ("reaction", GROUP, LID)
    ):  # fmt: skip
        connection.execute(
            "insert into whatsapp_message_event (business_id, kind, provider_message_id, address, "
            "actor, body, occurred_at, payload) values (%s, %s, 'X', %s, %s, %s, %s, %s)",
            [business_id, kind, address, actor, SECRET, later, json.dumps({"by": PHONE})],
        )
    connection.execute(
        "insert into whatsapp_message_event (business_id, kind, provider_message_id, address, "
        "occurred_at, payload) values (%s, 'read', 'O', %s, %s, %s)",
        [business_id, OTHER, later, json.dumps({"by": TYPED})],
    )
    for spelling in SPELLINGS:
        element = {"who": spelling, "name": NAME, "text": SECRET}
        for text in (
            json.dumps({"messages": [element, {"who": OTHER, "n": spelling[-3:]}]}),
            json.dumps({"body": json.dumps({"messages": [element]})}),
            "".join(f"\\u{ord(c):04x}" if c < "\uffff" else c for c in f"{spelling} {SECRET}"),
            f"From={''.join(f'%{byte:02X}' for byte in spelling.encode())}&Text={SECRET}",
        ):
            write_reject(connection, business_id, text, reason=f"what is {spelling}? {SECRET}")
    others = [
        insert(connection, business_id, "inbound", address=f"+97254000000{n}").conversation_id
        for n in range(2 * len(SPELLINGS))
    ]
    for number, spelling in enumerate(SPELLINGS):
        connection.execute(
            "select onethread.merge_conversations(%s, %s, %s, %s)",
            [business_id, *others[2 * number : 2 * number + 2], f"his wife is {spelling}"],
        )
    return business_id


@pytest.fixture
def scene(onethread: CommandLine) -> CommandLine:
    with psycopg.connect(onethread.url, autocommit=True) as connection:
        assert set_future_scene(connection) == 1
    return onethread


def test_dump_holds_nothing_of_them_when_they_are_erased(scene: CommandLine) -> None:
    assert len(find_lines(scene.url)) > 50
    outcome = scene("erase", "--business", "1", "--person", TYPED, "--yes")
    assert outcome.code == 0, outcome.err
    assert find_lines(scene.url) == []
    with psycopg.connect(scene.url) as connection:
        # Others keep what is theirs.
        assert scalar(connection, "select count(*) from whatsapp_message where body = 'hello'") == (
            1 + len(SPELLINGS[:-2])
        )
        merges = rows(connection, "select reason from onethread.whatsapp_conversation_merge")
        assert [row.reason for row in merges] == ["cut by an erasure"] * len(SPELLINGS)
        kept = rows(connection, "select payload from onethread.webhook_reject")
        assert kept and all(
            [element["who"] for element in json.loads(row.payload)["messages"]] == [OTHER]
            for row in kept
        )


def test_index_holds_no_word_of_theirs_when_they_are_erased(scene: CommandLine) -> None:
    assert scene("search-index").code == 0
    indexes = ("public.lead_words_idx", "public.whatsapp_message_text_idx")

    def words() -> list[str]:
        with psycopg.connect(scene.url, autocommit=True) as connection:
            connection.execute("vacuum")
            connection.execute("checkpoint")
            return [
                f"{index}: {word}"
                for index in indexes
                for word in ("dana", "secret")
                if scalar(
                    connection,
                    "select strpos(encode(pg_read_binary_file("
                    "pg_relation_filepath(%s)), 'hex'), encode(%s, 'hex')) > 0",
                    index,
                    word.encode(),
                )
            ]

    assert {word.partition(":")[0] for word in words()} == {*indexes}
    outcome = scene("erase", "--business", "1", "--person", TYPED, "--yes")
    for index in indexes:
        assert f"{index} was built anew" in outcome.out
    assert words() == []


def test_report_says_so_when_an_index_cannot_be_built_anew(
    scene: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody's transaction does not end; what the attempt leaves, the next one takes away."""
    monkeypatch.setattr("onethread.people.leftovers._TIMEOUT_SECONDS", 0.5)
    arguments = ("--business", "1", "--person", TYPED, "--yes", "--json")
    with psycopg.connect(scene.url) as reader:
        reader.execute("set transaction isolation level repeatable read")
        reader.execute("select count(*) from lead")
        [report] = scene("erase", *arguments).rows
        assert "not within 0.5 seconds" in report["text_indexes"]["public.lead_words_idx"]
        assert report["finished_at"] is not None
        reader.rollback()
    with psycopg.connect(scene.url) as connection:
        add_lead(connection, 1, TYPED, NAME)
        connection.commit()
        [report] = scene("erase", *arguments).rows
        assert set(report["text_indexes"].values()) == {None}
        assert scalar(connection, "select count(*) from pg_index where not indisvalid") == 0
