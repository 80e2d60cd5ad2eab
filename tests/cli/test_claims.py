"""What a stranger can say alone joins nobody, in whatever payload; a human may accept it."""

from __future__ import annotations

import json
from typing import Any

import psycopg
import pytest

from tests.cli.commands import CommandLine

VICTIM, VICTIM_LID = "972521110001@s.whatsapp.net", "111111111110001@lid"
MALLORY = "111111111110009@lid"
ID, TEXT = "3EB0A1B2C3D4E5F60001", "My test result please, ID 0001"


def message(address: str, message_id: str = ID, text: str = TEXT, **more: Any) -> dict[str, Any]:
    key = {"id": message_id, "fromMe": False, "remoteJid": address} | more.pop("key", {})
    return {"key": key, "messageTimestamp": 1780000000, "message": {"conversation": text}} | more


def upsert(*messages: dict[str, Any]) -> dict[str, Any]:
    return {"event": "messages.upsert", "data": {"messages": list(messages)}}


def tell(clinic: CommandLine, provider: str, *payloads: Any) -> None:
    for payload in payloads:
        outcome = clinic.ingest(provider, "-", stdin=json.dumps(payload).encode())
        assert outcome.code == 0, outcome.out + outcome.err


def questions(clinic: CommandLine) -> list[dict[str, Any]]:
    return clinic("conflicts", "--business", "1", "--json").rows


def set_business(clinic: CommandLine, column: str, value: Any) -> None:
    with psycopg.connect(clinic.url, autocommit=True) as connection:
        connection.execute(f"update business set {column} = %s where id = 1", [value])


# -- copies of one message


@pytest.mark.parametrize("is_lid_known", [False, True])
def test_receiver_of_a_list_is_not_its_sender_when_he_copies_the_message(
    clinic: CommandLine, is_lid_known: bool
) -> None:
    """The gateway does not say that it came through a list."""
    if is_lid_known:
        first = message(VICTIM_LID, "3EB0FF", "hello", key={"remoteJidAlt": VICTIM})
        tell(clinic, "baileys", upsert(first))
    tell(clinic, "baileys", upsert(message(VICTIM)), upsert(message(MALLORY)))
    assert clinic.bodies(MALLORY) == [TEXT]
    tell(clinic, "baileys", upsert(message(VICTIM, "3EB0FE", "thank you")))
    assert "thank you" in clinic.bodies(VICTIM)
    assert clinic.bodies(MALLORY) == [TEXT]
    export = clinic("export", "--business", "1", "--person", MALLORY)
    assert "thank you" not in export.out
    # Who has a LID already is not asked about: it would be a second one.
    assert [each["kind"] for each in questions(clinic)] == ([] if is_lid_known else ["suggestion"])


def test_copy_of_what_came_through_a_list_is_not_even_a_question(clinic: CommandLine) -> None:
    through_list = message("972521110001@broadcast", key={"participant": VICTIM})
    tell(clinic, "baileys", upsert(through_list), upsert(message(MALLORY)))
    flagged = message(VICTIM, "3EB0A1B2C3D4E5F60002", broadcast=True)
    copy = message(MALLORY, "3EB0A1B2C3D4E5F60002")
    tell(clinic, "baileys", upsert(flagged), upsert(copy))
    assert clinic.bodies(VICTIM) == [TEXT, TEXT]
    assert questions(clinic) == []


def test_one_message_under_lid_and_phone_is_two_threads_and_one_suggestion(
    clinic: CommandLine,
) -> None:
    for address in (VICTIM_LID, "972521110001@c.us"):
        payload = {"id": f"false_{address}_{ID}", "from": address, "fromMe": False,
                   "timestamp": 1780000000, "body": TEXT}  # fmt: skip
        tell(clinic, "waha", {"event": "message", "session": "s", "payload": payload})
    assert len(clinic("inbox", "--business", "1", "--json").rows) == 2
    [question] = questions(clinic)
    assert (question["kind"], question["source"]) == ("suggestion", "waha copies of one message")


def test_answer_to_a_send_and_its_echo_are_one_thread(clinic: CommandLine) -> None:
    sent = message(VICTIM, key={"fromMe": True})
    echo = message(VICTIM_LID, key={"fromMe": True})
    tell(clinic, "evolution", {"event": "send.message", "instance": "i", "data": sent},
         {"event": "messages.upsert", "instance": "i", "data": echo})  # fmt: skip
    assert clinic.bodies(VICTIM) == clinic.bodies(VICTIM_LID) == [TEXT]


# -- mappings


def lid_mapping(lid: str, phone: str) -> dict[str, Any]:
    return {"event": "lid-mapping.update", "data": {"lid": lid, "pn": phone}}


def history(**more: Any) -> dict[str, Any]:
    return {"event": "messaging-history.set", "data": more}


MAPPINGS = [
    lid_mapping(MALLORY, VICTIM),
    history(lidPnMappings=[{"lid": MALLORY, "pn": VICTIM}]),
    history(contacts=[{"id": VICTIM, "lid": MALLORY}]),
    history(messages=[message(VICTIM, "3EB0F0", "old", key={"remoteJidAlt": MALLORY})]),
    {"event": "chats.phoneNumberShare", "data": {"lid": MALLORY, "jid": VICTIM}},
    {"event": "contacts.upsert", "data": [{"id": VICTIM, "lid": MALLORY}]},
]


@pytest.mark.parametrize("mapping", MAPPINGS, ids=lambda each: str(each)[:60])
@pytest.mark.parametrize("is_trusted", [True, False])
def test_forged_mapping_joins_nobody_when_mappings_are_not_trusted(
    clinic: CommandLine, mapping: dict[str, Any], is_trusted: bool
) -> None:
    set_business(clinic, "trust_mappings", is_trusted)
    tell(clinic, "baileys", upsert(message(VICTIM)), upsert(message(MALLORY, "3EB0FF", "hi")))
    tell(clinic, "baileys", mapping)
    is_joined = "hi" in clinic.bodies(VICTIM)
    assert is_joined == is_trusted
    assert [each["kind"] for each in questions(clinic)] == ([] if is_trusted else ["suggestion"])


@pytest.mark.parametrize("mapping", MAPPINGS[1:3] + MAPPINGS[5:], ids=lambda each: str(each)[:60])
@pytest.mark.parametrize("is_first", [True, False])
def test_address_book_takes_no_phone_from_whoever_was_seen_with_it(
    clinic: CommandLine, mapping: dict[str, Any], is_first: bool
) -> None:
    seen = message(VICTIM_LID, key={"remoteJidAlt": VICTIM})
    told = [upsert(seen), mapping]
    tell(clinic, "baileys", upsert(message(MALLORY, "3EB0FF", "hi")))
    tell(clinic, "baileys", *(told[::-1] if is_first else told))
    tell(clinic, "baileys", upsert(message(VICTIM, "3EB0FE", "thank you")))
    assert clinic.bodies(VICTIM_LID) == [TEXT, "thank you"]
    assert clinic.bodies(MALLORY) == ["hi"]
    [question] = questions(clinic)
    assert question["kind"] == "conflict"


@pytest.mark.parametrize("is_trusted", [True, False])
def test_address_book_in_the_neutral_format_is_one_too(
    clinic: CommandLine, is_trusted: bool
) -> None:
    set_business(clinic, "trust_mappings", is_trusted)
    tell(clinic, "baileys", upsert(message(VICTIM)), upsert(message(MALLORY, "3EB0FF", "hi")))
    pair = {"a": VICTIM, "b": MALLORY, "is_undated": True, "source": "my_gateway contacts"}
    tell(clinic, "onethread", {"evidence": [pair]})
    assert ("hi" in clinic.bodies(VICTIM)) == is_trusted
    assert [each["kind"] for each in questions(clinic)] == ([] if is_trusted else ["suggestion"])


def test_national_number_of_a_neutral_history_is_no_evidence(clinic: CommandLine) -> None:
    """As evidence is written it would be somebody's in another country."""
    set_business(clinic, "trust_mappings", False)
    told = {"direction": "inbound", "source": "history", "from_number": "52-111-0001"}
    tell(clinic, "onethread", {"messages": [told | {"contact_aliases": [MALLORY], "body": "old"}]})
    tell(clinic, "baileys", upsert(message("521110001@s.whatsapp.net"), message(MALLORY, "2")))
    assert clinic.bodies(VICTIM) == ["old"]
    assert questions(clinic) == []


# -- cards


@pytest.mark.parametrize("is_answer", [True, False])
@pytest.mark.parametrize("phone", [{"phone": "+972 52-111-0001"}, {"wa_id": "972521110001"}])
def test_card_is_the_senders_own_when_meta_says_so_in_an_answer(
    clinic: CommandLine, phone: dict[str, str], is_answer: bool
) -> None:
    def post(sent: dict[str, Any]) -> Any:
        value = {
            "messaging_product": "whatsapp",
            "metadata": {"display_phone_number": "97237000100", "phone_number_id": "800"},
            "messages": [{"timestamp": "1780000000"} | sent],
        }
        change = {"field": "messages", "value": value}
        return {"object": "whatsapp_business_account", "entry": [{"changes": [change]}]}

    text = {"from": "972521110001", "id": "wamid.1", "type": "text", "text": {"body": TEXT}}
    card = {"from_user_id": "IL.666", "id": "wamid.2", "type": "contacts",
            "contacts": [{"origin": "contact_request", "phones": [phone]}]}  # fmt: skip
    if is_answer:
        card["context"] = {"from": "97237000100", "id": "wamid.0"}
    tell(clinic, "meta_cloud", post(text), post(card))
    is_attested = is_answer and "wa_id" in phone
    assert (TEXT in clinic.bodies("IL.666")) == is_attested
    kinds = [each["kind"] for each in questions(clinic)]
    assert kinds == ([] if is_attested else ["suggestion"])


# -- number changes


NEW = "972521110002@s.whatsapp.net"


def stub(*numbers: str) -> dict[str, Any]:
    key = {"remoteJid": NEW, "fromMe": False, "id": "3EB0FD"}
    return upsert({"key": key, "messageTimestamp": 1780000100, "messageStubType": 42,
                   "messageStubParameters": list(numbers)})  # fmt: skip


@pytest.mark.parametrize(
    "notice",
    [
        stub(VICTIM, NEW),
        stub(NEW, VICTIM),
        {
            "event": "group-participants.update",
            "data": {"id": "120363000000000001@g.us", "action": "modify", "author": VICTIM,
                     "participants": [NEW]},
        },
    ],
)  # fmt: skip
def test_number_change_is_a_suggestion_when_nobody_says_which_is_the_new_one(
    clinic: CommandLine, notice: dict[str, Any]
) -> None:
    tell(clinic, "baileys", upsert(message(VICTIM)), upsert(message(NEW, "3EB0FF", "it is me")))
    tell(clinic, "baileys", notice)
    assert clinic.bodies(VICTIM) == [TEXT]
    assert [each["kind"] for each in questions(clinic)] == ["suggestion"]


@pytest.mark.parametrize("provider", ["waha", "wppconnect"])
def test_number_change_is_one_when_the_notice_is_addressed_to_the_new_number(
    clinic: CommandLine, provider: str
) -> None:
    old, new = "972521110001@c.us", "972521110002@c.us"
    notice = {"type": "notification_template", "subtype": "change_number", "to": new,
              "templateParams": [old, new], "from": "97237000100@c.us", "t": 1780000100,
              "id": f"false_{new}_3AFF", "fromMe": False}  # fmt: skip
    if provider == "wppconnect":
        first = {"event": "onmessage", "session": "s", "id": f"false_{old}_3AFE", "type": "chat",
                 "from": old, "body": TEXT, "t": 1780000000, "fromMe": False}  # fmt: skip
        later = {**first, "id": f"false_{new}_3AFD", "from": new, "body": "me", "t": 1780000200}
        told = [first, {"event": "onmessage", "session": "s"} | notice, later]
    else:
        payloads = [
            {"id": f"false_{old}_3AFE", "from": old, "body": TEXT, "timestamp": 1780000000},
            {"id": notice["id"], "timestamp": 1780000100, "from": new, "body": "", "_data": notice},
            {"id": f"false_{new}_3AFD", "from": new, "body": "me", "timestamp": 1780000200},
        ]
        told = [
            {"event": "message", "session": "s", "payload": {"fromMe": False} | payload}
            for payload in payloads
        ]
    tell(clinic, provider, *told)
    assert clinic.bodies(new) == [TEXT, "me"]


# -- a human's answer


def test_accepted_suggestion_is_a_join_that_undo_takes_back(clinic: CommandLine) -> None:
    tell(clinic, "baileys", upsert(message(VICTIM)), upsert(message(VICTIM_LID)))
    [question] = questions(clinic)
    accepted = clinic("conflicts", "--business", "1", "--accept", str(question["id"]))
    assert accepted.code == 0, accepted.err
    assert "1 suggestion accepted. 0 left open." in accepted.out
    assert clinic.bodies(VICTIM) == clinic.bodies(VICTIM_LID) == [TEXT]
    [merge] = [word for word in accepted.out.split("`") if word.startswith("onethread undo")]
    undone = clinic(*merge.split()[1:], "--business", "1")
    assert undone.code == 0, undone.err
    tell(clinic, "baileys", upsert(message(VICTIM, "3EB0FE", "thank you")))
    assert clinic.bodies(VICTIM_LID) == [TEXT]
    assert questions(clinic) == []
    again = clinic("conflicts", "--business", "1", "--accept", str(question["id"]))
    assert (again.code, "no open suggestion" in again.err) == (1, True)


def test_all_of_a_source_are_accepted_but_where_somebody_may_be_several_others(
    clinic: CommandLine,
) -> None:
    pairs = [(f"97252111{n:04}@s.whatsapp.net", f"1111111112{n:05}@lid") for n in range(3)]
    for number, pair in enumerate(pairs):
        for address in pair:
            one = message(address, f"3EB0A1B2C3D4E5F7000{number}", f"message {number}")
            tell(clinic, "baileys", upsert(one))
    # Somebody else has the third message as well: one LID, two phones.
    other = "972521119999@s.whatsapp.net"
    tell(clinic, "baileys", upsert(message(other, "3EB0A1B2C3D4E5F70002", "message 2")))
    assert len(questions(clinic)) == 4
    nothing = clinic("conflicts", "--business", "1", "--accept-all", "--source", "waha")
    assert nothing.out.splitlines()[-1] == "0 suggestions accepted. 4 left open."
    source = "baileys copies of one message"
    accepted = clinic("conflicts", "--business", "1", "--accept-all", "--source", source)
    assert accepted.out.splitlines()[-1] == "2 suggestions accepted. 2 left open."
    for phone, lid in pairs[:2]:
        assert clinic.bodies(phone) == clinic.bodies(lid)
    assert all(other in (each["a"], each["b"]) or pairs[2][1] in (each["a"], each["b"])
               for each in questions(clinic))  # fmt: skip


@pytest.mark.parametrize("options", [["--accept-all"], ["--source", "waha"]])
def test_accepting_all_names_a_source(clinic: CommandLine, options: list[str]) -> None:
    outcome = clinic("conflicts", "--business", "1", *options)
    assert (outcome.code, "--source" in outcome.err) == (1, True)
