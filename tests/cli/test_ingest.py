"""The command ingest, and what a reader then sees."""

from __future__ import annotations

import json
from typing import Any

import psycopg
import pytest

from onethread.model.message import Message
from onethread.providers import PROVIDERS, ProviderResult
from tests.cli.commands import BAILEYS, CLOUD, CommandLine

AVI, BAT, DOV = "052-111-0001", "+972 52 111 0002", "972521110004@c.us"


def upsert(message_id: str, body: Any, **key: Any) -> dict[str, Any]:
    """A Baileys event with one message."""
    key = {"id": message_id, "fromMe": False, "remoteJid": "972521110001@s.whatsapp.net"} | key
    message = {"key": key, "messageTimestamp": 1780000000, "message": {"conversation": body}}
    return {"event": "messages.upsert", "data": {"messages": [message]}}


def test_cloud_messages_go_to_their_persons_when_a_post_has_several_entries(
    clinic: CommandLine,
) -> None:
    ingested = clinic.ingest("meta_cloud", CLOUD)
    assert ingested.code == 0, ingested.err
    assert ingested.out.splitlines() == [
        "8 messages inserted",
        "1 duplicate delivery absorbed",
        "2 message events: statuses, edits, deletes, reactions",
        "2 statements about who is whom",
        "2 names of people and groups",
    ]
    assert clinic.bodies(AVI) == [
        "from Avi",
        "second entry",
        "sides exchanged",
        "delivered twice",
    ]
    assert clinic.bodies(BAT) == ["from Bat", "plain echo", "no phone in it"]
    assert clinic.rejected() == []


def test_contact_is_matched_by_id_when_positions_differ(clinic: CommandLine) -> None:
    clinic.ingest("meta_cloud", CLOUD)
    assert clinic.thread(AVI)[0]["sender_name"] == "Avi"
    assert clinic.thread(BAT)[0]["sender_name"] == "Bat"
    assert clinic.bodies("IL.AVI1") == clinic.bodies(AVI)


def test_echo_is_outbound_when_its_sides_are_exchanged(clinic: CommandLine) -> None:
    clinic.ingest("meta_cloud", CLOUD)
    for address, body in ((AVI, "sides exchanged"), (BAT, "plain echo")):
        [echo] = [row for row in clinic.thread(address) if row["body"] == body]
        assert echo["direction"] == "outbound"
        assert echo["source"] == "business_app"
        assert echo["sender_name"] is None


def test_group_has_a_thread_of_its_own_when_a_known_person_writes_in_it(
    clinic: CommandLine,
) -> None:
    clinic.ingest("meta_cloud", CLOUD)
    clinic.ingest("baileys", BAILEYS)
    [cloud_row] = clinic.thread("Y2FwaV9ncm91cDp0ZXN0")
    [baileys_row] = clinic.thread("120363000000000001@g.us")
    assert cloud_row["participant"] == "972521110001"
    assert baileys_row["participant"] == "111111111110001@lid"
    assert "in a group" not in clinic.bodies(AVI)


def test_baileys_messages_join_the_phone_when_the_lid_comes_with_it(clinic: CommandLine) -> None:
    ingested = clinic.ingest("baileys", BAILEYS)
    assert ingested.code == 0, ingested.err
    assert ingested.out.splitlines()[0] == "7 messages inserted"
    assert "1 duplicate" in ingested.out
    assert "ignored: 1 contacts.upsert, 1 protocol" in ingested.out
    assert "kept (`onethread rejects --unread`): 1 reaction" in ingested.out
    assert clinic.bodies(AVI) == ["LID with its phone", "answer under the LID alone"]
    assert [row["direction"] for row in clinic.thread(AVI)] == ["inbound", "outbound"]
    assert clinic.bodies("111111111110003@lid") == ["alt is null"]
    assert clinic.bodies(DOV) == ["delivered twice", "Baileys 6.7, bare"]
    assert clinic.bodies("111111111110004@lid") == clinic.bodies(DOV)


def test_own_number_is_nobody_when_it_chats_with_itself(clinic: CommandLine) -> None:
    clinic.ingest("baileys", BAILEYS)
    with psycopg.connect(clinic.url) as connection:
        rows = connection.execute("select body from unlinked_message").fetchall()
    assert rows == [("note to self",)]


def test_both_providers_share_a_thread_when_the_person_is_one(clinic: CommandLine) -> None:
    clinic.ingest("meta_cloud", CLOUD)
    clinic.ingest("baileys", BAILEYS)
    assert len(clinic.bodies(AVI)) == 6
    assert clinic.bodies("111111111110001@lid") == clinic.bodies("IL.AVI1") == clinic.bodies(AVI)


@pytest.mark.parametrize(("provider", "path"), [("meta_cloud", CLOUD), ("baileys", BAILEYS)])
def test_nothing_is_inserted_when_a_file_comes_again(
    clinic: CommandLine, provider: str, path: Any
) -> None:
    first = clinic.ingest(provider, path)
    inserted = int(first.out.split()[0])
    second = clinic.ingest(provider, path)
    assert second.code == 0
    assert second.out.splitlines()[:2] == [
        "0 messages inserted",
        f"{inserted + 1} duplicate deliveries absorbed",
    ]


def test_bad_lines_are_kept_when_the_others_go_in(clinic: CommandLine) -> None:
    lines = [json.dumps(upsert("1", "one")), "{oops", "", '"text"', json.dumps(upsert("2", "two"))]
    path = clinic.file("\n".join(lines))
    ingested = clinic.ingest("baileys", path)
    assert ingested.code == 1
    assert "2 rejected" in ingested.out
    assert "onethread rejects" in ingested.out
    assert clinic.bodies(AVI) == ["one", "two"]
    [not_json, no_object] = clinic.rejected()
    assert not_json["origin"] == f"{path}:2"
    assert (not_json["reason"], not_json["payload"]) == ("not valid JSON", "{oops")
    assert (no_object["origin"], no_object["payload"]) == (f"{path}:4", '"text"')


def test_first_line_is_reported_when_it_is_the_bad_one(clinic: CommandLine) -> None:
    path = clinic.file("{oops\n" + json.dumps(upsert("1", "one")) + "\n\xff\n")
    assert clinic.ingest("baileys", path).code == 1
    assert [int(record["origin"].rpartition(":")[2]) for record in clinic.rejected()] == [1, 3]
    assert clinic.bodies(AVI) == ["one"]


@pytest.mark.parametrize("indent", [None, 2])
def test_array_is_read_when_it_is_the_whole_file(clinic: CommandLine, indent: int | None) -> None:
    path = clinic.file(json.dumps([upsert("1", "one"), 7, upsert("2", "two")], indent=indent))
    assert clinic.ingest("baileys", path).code == 1
    assert clinic.bodies(AVI) == ["one", "two"]
    assert clinic.rejected()[0]["payload"] == "7"


def test_stdin_is_read_when_the_file_is_a_dash(clinic: CommandLine) -> None:
    stdin = json.dumps(upsert("1", "one")).encode() + b"\nbad\n"
    ingested = clinic.ingest("baileys", "-", stdin=stdin)
    assert ingested.code == 1
    assert clinic.bodies(AVI) == ["one"]
    assert clinic.rejected()[0]["origin"] == "stdin:2"


def test_message_is_kept_when_its_text_is_not_storable(clinic: CommandLine) -> None:
    path = clinic.file(json.dumps(upsert("1", "a\0b\ud800c", extra={"\0": "\udfff"})))
    ingested = clinic.ingest("baileys", path)
    assert ingested.code == 0, ingested.out
    [body] = clinic.bodies(AVI)
    assert (body[:2], body[-1]) == ("a\ufffd", "c")
    assert set(body[3:-1]) == {"\ufffd"}


def test_row_is_rejected_alone_when_the_database_refuses_it(clinic: CommandLine) -> None:
    with psycopg.connect(clinic.url) as connection:
        connection.execute(
            "alter table whatsapp_message add constraint no_spam check (body <> 'spam')"
        )
    path = clinic.file(
        "\n".join(json.dumps(upsert(str(n), "spam" if n == 3 else f"{n}")) for n in range(1, 6))
    )
    ingested = clinic.ingest("baileys", path)
    assert ingested.code == 1
    assert sorted(clinic.bodies(AVI)) == ["1", "2", "4", "5"]
    [record] = clinic.rejected()
    assert record["origin"] == f"{path}:3"
    assert json.loads(record["payload"])["data"]["messages"][0]["key"]["id"] == "3"
    assert "no_spam" in record["reason"]
    assert clinic("rejects", "replay").code == 1
    unknown = clinic("rejects", "replay", record["id"], "99")
    assert (unknown.code, unknown.out) == (1, "")
    assert "there is no reject 99\n" in unknown.err
    with psycopg.connect(clinic.url) as connection:
        connection.execute("alter table whatsapp_message drop constraint no_spam")
    replayed = clinic("rejects", "replay", record["id"])
    assert (replayed.code, replayed.out) == (0, "1 went in, 0 still rejected.\n")
    assert clinic.rejected() == []
    assert "spam" in clinic.bodies(AVI)


def test_every_message_is_stored_when_some_are_nested_too_deeply(clinic: CommandLine) -> None:
    lines = [json.dumps(upsert("1", "one"))]
    for depth in (100, 300, 450, 900, 100_000):
        message = json.dumps(upsert(str(depth), "x")).replace('"x"', "[" * depth + "]" * depth)
        lines.append(message)
    lines.append(json.dumps(upsert("2", "two")))
    ingested = clinic.ingest("baileys", clinic.file("\n".join(lines)))
    assert (ingested.code, ingested.err) == (0, "")
    assert "4 a payload that is nested too deeply" in ingested.out
    bodies = [row["body"] for row in clinic.thread(AVI)]
    assert (bodies[0], bodies[-1], len(bodies)) == ("one", "two", 7)
    assert clinic.rejected() == []  # nobody has to look at them


def test_file_is_named_when_it_cannot_be_opened(clinic: CommandLine) -> None:
    ingested = clinic.ingest("baileys", "missing.json")
    assert ingested.code == 1
    assert "missing.json" in ingested.err


def test_what_is_not_read_is_listed_and_tried_again_when_a_version_reads_it(
    clinic: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A version that has learned an event takes in what earlier ones could not read."""
    event = {"event": "new.event", "data": {"said": "hello"}}
    assert clinic.ingest("baileys", clinic.file(json.dumps(event))).code == 0
    assert clinic.rejected() == []
    assert "Nothing is rejected." in clinic("rejects").out
    [row] = [json.loads(line) for line in clinic("rejects", "--unread", "--json").out.splitlines()]
    assert (row["reason"], json.loads(row["payload"])) == ("not read: new.event", event)
    assert "1 payload not read in full" in clinic("doctor").out

    again = clinic("rejects", "replay", "--unread")
    assert again.code == 0
    assert again.out == "0 went in, 1 still not read in full, 0 still rejected.\n"

    def read_new(payload: Any) -> ProviderResult:
        said = Message(direction="inbound", from_number=AVI, body=payload["data"]["said"])
        return ProviderResult(messages=[said])

    monkeypatch.setitem(PROVIDERS, "baileys", read_new)
    assert clinic("rejects", "replay").out == "0 went in, 0 still rejected.\n"
    assert clinic("rejects", "replay", "--unread").out == "1 went in, 0 still rejected.\n"
    assert clinic.bodies(AVI) == ["hello"]
    assert "Nothing is unread." in clinic("rejects", "--unread").out
    assert clinic("rejects", "replay", row["id"]).out == "1 went in, 0 still rejected.\n"
