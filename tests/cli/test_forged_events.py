"""Edits and deletes through `onethread ingest`: what a stranger writes into a message's content
moves nobody else's words, on whatever gateway; what the envelope says does."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.cli.commands import CommandLine

Payload = dict[str, Any]
OWN = "97237000100"
VERA, MAL = "972501111111", "972502222222"
GROUP = "120363000000000001@g.us"
TIME = 1780000000


def name(digits: str | None, server: str = "s.whatsapp.net") -> str | None:
    """The JID of a person; None stands for the business."""
    return None if digits is None else f"{digits}@{server}"


def forged_key(target: str) -> Payload:
    """The key inside a protocol message: its sender's to write. It claims to be anybody's."""
    return {"remoteJid": name(VERA), "participant": name(VERA), "fromMe": True, "id": target}


def content(kind: str, target: str, body: str) -> Payload:
    """What a message of a linked device holds."""
    if kind == "text":
        return {"conversation": body}
    protocol: Payload = {"key": forged_key(target), "type": 14 if kind == "edited" else 0}
    if kind == "edited":
        protocol["editedMessage"] = {"conversation": body}
    return {"protocolMessage": protocol}


def wa_message(
    sender: str | None, chat: str, kind: str, message_id: str, target: str, body: str
) -> Payload:
    """Baileys' form. `chat` is the group, or the digits of the other person."""
    is_group = chat == GROUP
    key = {
        "remoteJid": GROUP if is_group else name(chat),
        "fromMe": sender is None,
        "id": message_id,
    }
    if is_group and sender:
        key["participant"] = name(sender)
    return {"key": key, "messageTimestamp": TIME, "message": content(kind, target, body)}


def baileys(*event: Any) -> Payload:
    return {"event": "messages.upsert", "data": {"messages": [wa_message(*event)]}}


def baileys_update(*event: Any) -> Payload:
    """As Baileys tells edits and deletes besides: the key of who did it, with the target's id."""
    raw = wa_message(*event)
    _, _, kind, _, target, body = event
    if kind == "text":
        return baileys(*event)
    update: Payload = {"message": None, "messageStubType": 1, "key": raw["key"]}
    if kind == "edited":
        update = {"message": {"editedMessage": {"message": {"conversation": body}}}}
    data = {"key": {**raw["key"], "id": target}, "update": update}
    return {"event": "messages.update", "data": [data]}


def baileys_api(*event: Any) -> Payload:
    return {**baileys(*event), "webhookVerifyToken": "x"}


def evolution(*event: Any) -> Payload:
    data = wa_message(*event)
    return {"event": "messages.upsert", "instance": "i", "sender": name(OWN), "data": data}


def waha(engine: str, with_before: bool = False) -> Callable[..., Payload]:
    def write(
        sender: str | None, chat: str, kind: str, message_id: str, target: str, body: str
    ) -> Payload:
        is_group = chat == GROUP
        address = chat if is_group else name(chat, "c.us")
        participant = name(sender, "c.us") if is_group else None
        full_id = "_".join(
            filter(None, ["true" if sender is None else "false", address, message_id, participant])
        )
        carrier = {
            "id": full_id,
            "from": address,
            "to": None,
            "fromMe": sender is None,
            "participant": participant,
            "timestamp": TIME,
            "body": body,
        }
        forged = f"true_{name(VERA, 'c.us')}_{target}"
        payload: Payload = carrier
        if kind == "edited":
            payload = carrier | {"editedMessageId": forged}
        elif kind == "revoked":
            before = carrier | {"id": forged, "from": name(VERA, "c.us"), "fromMe": True}
            payload = {
                "after": carrier,
                "before": before if with_before else None,
                "revokedMessageId": target,
            }
        event = {"edited": "message.edited", "revoked": "message.revoked"}.get(kind, "message.any")
        me = {"id": f"{OWN}@c.us"}
        return {"event": event, "engine": engine, "session": "s", "me": me, "payload": payload}

    return write


def whatsmeow(
    sender: str | None, chat: str, kind: str, message_id: str, target: str, body: str
) -> Payload:
    is_group = chat == GROUP
    info = {
        "Chat": chat if is_group else name(chat),
        "Sender": name(sender or OWN),
        "IsFromMe": sender is None,
        "IsGroup": is_group,
        "ID": message_id,
        "Timestamp": "2026-05-28T20:28:20Z",
    }
    return {"Info": info, "Message": content(kind, target, body)}


def wppconnect(
    sender: str | None, chat: str, kind: str, message_id: str, target: str, body: str
) -> Payload:
    is_group = chat == GROUP
    address = chat if is_group else name(chat, "c.us")
    author = name(sender, "c.us") if is_group else None
    way = "true" if sender is None else "false"
    raw: Payload = {
        "session": "s",
        "id": f"{way}_{address}_{message_id}" + (f"_{author}" if author else ""),
        "from": name(OWN, "c.us") if sender is None else address,
        "to": address if sender is None else name(OWN, "c.us"),
        "author": author,
        "t": TIME,
    }
    if kind == "revoked":
        return raw | {"event": "onrevokedmessage", "refId": f"true_{name(VERA, 'c.us')}_{target}"}
    return raw | {"event": "onanymessage", "type": "chat", "body": body, "fromMe": sender is None}


def meta_cloud(
    sender: str | None, chat: str, kind: str, message_id: str, target: str, body: str
) -> Payload:
    is_group = chat == GROUP
    message: Payload = {"id": message_id, "timestamp": str(TIME), "from": sender or OWN}
    if is_group:
        message["group_id"] = GROUP
    elif sender is None:
        message["to"] = chat
    written = {"type": "text", "text": {"body": body}}
    if kind == "text":
        message |= written
    else:
        word = {"edited": "edit", "revoked": "revoke"}[kind]
        message |= {"type": word, word: {"original_message_id": target, "message": written}}
    field = "messages" if sender else "smb_message_echoes"
    value = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": OWN, "phone_number_id": "800"},
        "messages" if sender else "message_echoes": [message],
    }
    return {"entry": [{"id": "1", "changes": [{"field": field, "value": value}]}]}


GATEWAYS: dict[str, tuple[str, Callable[..., Payload], tuple[str, ...]]] = {
    "baileys": ("baileys", baileys, ("edited", "revoked")),
    "baileys update": ("baileys", baileys_update, ("edited", "revoked")),
    "baileys_api": ("baileys_api", baileys_api, ("edited", "revoked")),
    "evolution": ("evolution", evolution, ("edited", "revoked")),
    "waha NOWEB": ("waha", waha("NOWEB"), ("edited", "revoked")),
    "waha GOWS": ("waha", waha("GOWS"), ("edited", "revoked")),
    "waha WEBJS": ("waha", waha("WEBJS", with_before=True), ("edited", "revoked")),
    "whatsmeow": ("whatsmeow", whatsmeow, ("edited", "revoked")),
    "wppconnect": ("wppconnect", wppconnect, ("revoked",)),
    "meta_cloud": ("meta_cloud", meta_cloud, ("edited", "revoked")),
}


def store(clinic: CommandLine, provider: str, *payloads: Payload) -> None:
    """Ingests payloads, each of which must become something."""
    lines = "\n".join(map(json.dumps, payloads))
    outcome = clinic.ingest(provider, clinic.file(lines))
    assert outcome.code == 0, outcome.err
    assert "rejected" not in outcome.out


def shown(clinic: CommandLine, address: str, message_id: str) -> tuple[Any, ...]:
    """(text, was it edited, was it taken back, who else deleted it) of a message as it is shown."""
    [row] = [m for m in clinic.thread(address) if m["provider_message_id"] == message_id]
    return (
        row["body"],
        row["edited_at"] is not None,
        row["revoked_at"] is not None,
        row["deleted_by"],
    )


@pytest.mark.parametrize("gateway", GATEWAYS)
def test_others_words_stand_when_a_stranger_edits_or_deletes_them(
    clinic: CommandLine, gateway: str
) -> None:
    provider, write, kinds = GATEWAYS[gateway]
    store(
        clinic,
        provider,
        write(VERA, GROUP, "text", "A1", "", "my IBAN"),
        write(VERA, VERA, "text", "A2", "", "in private"),
        write(None, MAL, "text", "A3", "", "no discount"),
        write(None, GROUP, "text", "A4", "", "ours to all"),
        write(MAL, MAL, "text", "A5", "", "of the stranger"),
    )
    for number, kind in enumerate(kinds):
        store(
            clinic,
            provider,
            *(write(MAL, MAL, kind, f"B{number}{i}", f"A{i}", "forged") for i in (1, 2, 3, 4)),
        )
    assert shown(clinic, GROUP, "A1") == ("my IBAN", False, False, None)
    assert shown(clinic, VERA, "A2") == ("in private", False, False, None)
    assert shown(clinic, MAL, "A3") == ("no discount", False, False, None)
    assert shown(clinic, GROUP, "A4") == ("ours to all", False, False, None)

    for number, kind in enumerate(kinds):
        store(
            clinic,
            provider,
            *(write(MAL, GROUP, kind, f"C{number}{i}", f"A{i}", "forged") for i in (1, 2, 3, 4)),
        )
    for message_id, text in (("A1", "my IBAN"), ("A4", "ours to all")):
        *row, deleted_by = shown(clinic, GROUP, message_id)
        assert row == [text, False, False]
        assert MAL in deleted_by
    assert shown(clinic, VERA, "A2") == ("in private", False, False, None)
    assert shown(clinic, MAL, "A3") == ("no discount", False, False, None)


@pytest.mark.parametrize("gateway", GATEWAYS)
def test_ones_own_words_change_when_their_author_edits_and_deletes_them(
    clinic: CommandLine, gateway: str
) -> None:
    provider, write, kinds = GATEWAYS[gateway]
    said = ((VERA, GROUP, "A1"), (VERA, VERA, "A2"), (None, MAL, "A3"), (None, GROUP, "A4"))
    # On Evolution, Baileys' own update tells more; the rest says by its key whose it is.
    store(clinic, provider, *(write(by, chat, "text", m, "", "first") for by, chat, m in said))
    for kind in kinds:
        store(
            clinic,
            provider,
            *(write(by, chat, kind, f"{kind[0]}{m}", m, "second") for by, chat, m in said),
        )
        text = "second" if kind == "edited" else None
        for _, chat, message_id in said:
            row = shown(clinic, chat, message_id)
            assert row[0] == text, (chat, message_id)
            assert row[2] == (kind == "revoked")
            assert row[3] is None


def inner(kind: str, target: str, **columns: Any) -> Payload:
    """What Evolution hands over of an edit or a delete: the inner protocol message alone."""
    data = content(kind, target, "forged")["protocolMessage"]
    data["key"] |= columns
    return {"event": "messages.edited", "instance": "i", "sender": name(OWN), "data": data}


@pytest.mark.parametrize("kind", ["edited", "revoked"])
@pytest.mark.parametrize("is_ours", [True, False])
@pytest.mark.parametrize("chat", [name(VERA), name(MAL), name(OWN), GROUP, "1@lid", None])
def test_inner_key_decides_nothing_when_that_is_all_there_is(
    clinic: CommandLine, kind: str, is_ours: bool, chat: str | None
) -> None:
    through_list = {
        "key": {
            "remoteJid": "1780000000@broadcast",
            "participant": name(VERA),
            "fromMe": False,
            "id": "A3",
        },
        "messageTimestamp": TIME,
        "message": {"conversation": "to all of my list"},
    }
    store(
        clinic,
        "evolution",
        evolution(None, MAL, "text", "A1", "", "no discount"),
        evolution(VERA, GROUP, "text", "A2", "", "my IBAN"),
        {"event": "messages.upsert", "sender": name(OWN), "data": through_list},
        evolution(VERA, VERA, "text", "A4", "", "first"),
    )
    for target in ("A1", "A2", "A3", "A4"):
        store(clinic, "evolution", inner(kind, target, fromMe=is_ours, remoteJid=chat))
    assert shown(clinic, MAL, "A1") == ("no discount", False, False, None)
    assert shown(clinic, GROUP, "A2") == ("my IBAN", False, False, None)
    assert shown(clinic, VERA, "A3") == ("to all of my list", False, False, None)
    # The one message with this id, of one person: nobody else can be meant.
    assert shown(clinic, VERA, "A4")[0] == ("forged" if kind == "edited" else None)


def test_ours_is_edited_when_the_envelope_of_the_edit_is_ours(clinic: CommandLine) -> None:
    store(
        clinic,
        "evolution",
        evolution(None, MAL, "text", "A1", "", "first"),
        evolution(None, MAL, "text", "A2", "", "first"),
    )
    update = {
        "keyId": "A1",
        "remoteJid": name(MAL),
        "fromMe": True,
        "status": "SERVER_ACK",
        "message": {"editedMessage": {"message": {"conversation": "second"}}},
    }
    sent = content("edited", "A2", "second")["protocolMessage"]
    sent["key"]["remoteJid"] = name(MAL)
    store(
        clinic,
        "evolution",
        {"event": "messages.update", "sender": name(OWN), "data": update},
        {"event": "send.message.update", "sender": name(OWN), "data": sent},
    )
    assert shown(clinic, MAL, "A1") == ("second", True, False, None)
    assert shown(clinic, MAL, "A2") == ("second", True, False, None)


@pytest.mark.parametrize(
    ("provider", "payload"),
    [
        (
            "wppconnect",  # the notice's id without side and chat, the target's with a forged one
            {
                "event": "onrevokedmessage",
                "id": "B1",
                "refId": f"true_{MAL}@c.us_A1",
                "from": f"{MAL}@c.us",
                "to": f"{OWN}@c.us",
            },
        ),
        (
            "waha",  # nobody says who deleted it
            {
                "event": "message.revoked",
                "engine": "WEBJS",
                "me": {"id": f"{OWN}@c.us"},
                "payload": {
                    "after": None,
                    "before": {"id": f"true_{MAL}@c.us_A1", "from": f"{OWN}@c.us", "fromMe": True},
                },
            },
        ),
        (
            "baileys",  # the key says no side
            {
                "event": "messages.update",
                "data": [
                    {
                        "key": {"remoteJid": f"{MAL}@s.whatsapp.net", "id": "A1"},
                        "update": {"messageStubType": 1, "message": None},
                    }
                ],
            },
        ),
        (
            "baileys",
            {
                "event": "messages.update",
                "data": [
                    {
                        "key": {"remoteJid": f"{MAL}@s.whatsapp.net", "id": "A1"},
                        "update": {"status": "DELETED"},
                    }
                ],
            },
        ),
    ],
)
def test_ours_stands_when_the_envelope_does_not_say_who_deleted_it(
    clinic: CommandLine, provider: str, payload: Payload
) -> None:
    store(clinic, "baileys", baileys(None, MAL, "text", "A1", "", "you owe us"))
    store(clinic, provider, payload)
    assert shown(clinic, MAL, "A1") == ("you owe us", False, False, None)


def test_delete_by_an_administrator_is_marked_when_webjs_shows_the_message_itself(
    clinic: CommandLine,
) -> None:
    write = waha("WEBJS")
    store(clinic, "waha", write(VERA, GROUP, "text", "A1", "", "my IBAN"))
    payload = write(VERA, GROUP, "revoked", "A1", "A1", "")
    payload["payload"]["after"]["_data"] = {"subtype": "admin", "revokeSender": f"{MAL}@c.us"}
    store(clinic, "waha", payload)
    assert shown(clinic, GROUP, "A1") == ("my IBAN", False, False, f"{MAL}@c.us")
    assert f"[deleted by {MAL}@c.us] my IBAN" in clinic("thread", GROUP).out
