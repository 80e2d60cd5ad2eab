"""What a stranger writes into a message decides neither who he is, nor whose something else is."""

from __future__ import annotations

from typing import Any

import pytest

from onethread.model.contact_name import BOOK
from onethread.providers import PROVIDERS
from onethread.providers.result import ProviderResult

STRANGER, VICTIM = "222222222222222@lid", "4988812345678@c.us"


def read(provider: str, payload: Any) -> ProviderResult:
    return PROVIDERS[provider](payload)


def ultramsg(message_id: str, event: str) -> ProviderResult:
    return read(
        "ultramsg",
        {
            "event_type": event,
            "instanceId": "1",
            "data": {
                "id": message_id, "from": STRANGER, "to": "491700000000@c.us", "fromMe": False,
                "author": "", "type": "chat", "body": "b", "time": 1760000000, "ack": "read",
            },
        },
    )  # fmt: skip


@pytest.mark.parametrize("event", ["message_received", "message_ack"])
def test_nobody_is_named_by_an_id_when_its_sender_made_it(event: str) -> None:
    found = ultramsg(f"false_{STRANGER}_3EB0AA_{VICTIM}", event)
    assert found.evidence == []
    assert all(not message.contact_aliases for message in found.messages)
    assert VICTIM not in {event.actor for event in found.events}


@pytest.mark.parametrize("own", [" ", "\u2003"])
def test_name_is_not_the_books_when_the_senders_own_one_is_blank(own: str) -> None:
    payload = {
        "event": "message",
        "device_id": "491700000000@s.whatsapp.net",
        "payload": {
            "id": "3EB0", "chat_id": "4915112345678@s.whatsapp.net",
            "from": "4915112345678@s.whatsapp.net", "from_name": own,
            "sender_display_name": "Mum (mobile)", "body": "x", "is_from_me": False,
            "timestamp": "2026-05-28T20:26:40Z",
        },
    }  # fmt: skip
    found = read("gowa", payload)
    assert len(found.messages) == 1
    assert [name for name in found.names if name.source == BOOK] == []


def test_pairs_are_mappings_when_a_history_names_them() -> None:
    key = {"remoteJid": STRANGER, "remoteJidAlt": "4915112345678@s.whatsapp.net", "id": "A1"}
    message = {
        "key": key, "messageTimestamp": 1760000000,
        "message": {"reactionMessage": {"key": {"id": "B1"}, "text": "!"}},
    }  # fmt: skip
    found = read("evolution", {"event": "messages.set", "instance": "i", "data": [message]})
    assert found.evidence
    assert all(each.is_mapping for each in found.evidence)


def test_no_name_is_the_books_when_a_chat_has_it() -> None:
    chat = {"id": "4915112345678@s.whatsapp.net", "name": "Mum"}
    found = read("evolution", {"event": "chats.upsert", "instance": "i", "data": [chat]})
    assert found.names == []


def test_side_is_not_said_by_who_deletes() -> None:
    found = read(
        "waha",
        {
            "event": "message.revoked",
            "session": "default",
            "engine": "NOWEB",
            "me": {"id": "491700000000@c.us"},
            "payload": {
                "revokedMessageId": "true_491511@c.us_OURS",
                "after": {"id": "false_4915112345678@c.us_D1", "from": "4915112345678@c.us",
                          "fromMe": False},
            },
        },
    )  # fmt: skip
    [event] = found.events
    assert (event.provider_message_id, event.target_direction) == ("OURS", "inbound")


def test_side_is_not_said_by_who_answers_an_invitation() -> None:
    update = {
        "key": {"remoteJid": "491700000000@s.whatsapp.net", "fromMe": False, "id": "EVT"},
        "update": {
            "eventResponses": [
                {
                    "eventResponseMessageKey": {
                        "remoteJid": "4915112345678@s.whatsapp.net", "fromMe": False, "id": "R1",
                    },
                    "response": {"response": "GOING", "timestampMs": 1760000000000},
                }
            ]
        },
    }  # fmt: skip
    found = read("baileys", {"event": "messages.update", "data": [update]})
    [event] = found.events
    assert (event.kind, event.target_direction) == ("vote", None)
    assert event.address == "4915112345678@s.whatsapp.net"


def test_chat_is_not_said_by_who_votes() -> None:
    data = {
        "vote": {
            "voter": "4915112345678@c.us",
            "selectedOptions": [{"name": "yes"}],
            "interractedAtTs": 1760000000000,
            "parentMsgKey": {
                "remote": "120363000000000001@g.us", "id": "POLL", "fromMe": False,
                "_serialized": "false_120363000000000001@g.us_POLL",
            },
        }
    }  # fmt: skip
    found = read("wwebjs", {"dataType": "vote_update", "sessionId": "s", "data": data})
    # In the voter's own chat, if anywhere.
    assert {event.address for event in found.events} == {"4915112345678@c.us"}
