"""The adapters of small gateways: the envelope names people, what stands in a message does not."""

from __future__ import annotations

from typing import Any

import pytest

from onethread.errors import PayloadError
from onethread.providers import PROVIDERS, ProviderResult
from onethread.providers.envelope import read_parties
from tests.providers.reading import events, load, pairs, parties, read

CUSTOMER, LID = "972521110001@c.us", "111111111110001@lid"


def changed(provider: str, name: str, *path: str, to: Any) -> ProviderResult:
    """What the adapter makes of a fixture with one field changed."""
    payload = load(provider, name)
    place = payload
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = to
    return PROVIDERS[provider](payload)


@pytest.mark.parametrize(
    ("provider", "name", "path"),
    [
        ("gowa", "revoked", ("payload", "revoked_from_me")),
        ("gowa", "revoked", ("payload", "revoked_chat")),
        ("green_api", "deleted", ("messageData", "deletedMessageData", "participant")),
        ("green_api", "edited", ("messageData", "editedMessageData", "chatId")),
        ("wwebjs", "reaction", ("data", "reaction", "msgId", "remote")),
        ("zapi", "reaction", ("reaction", "reactionBy")),
    ],
)
@pytest.mark.parametrize("value", [False, "972521110009@s.whatsapp.net"])
def test_author_and_chat_of_a_change_are_the_envelopes(
    provider: str, name: str, path: tuple[str, ...], value: Any
) -> None:
    before = events(read(provider, name))
    assert events(changed(provider, name, *path, to=value)) == before


@pytest.mark.parametrize(
    ("provider", "name", "path"),
    [
        ("gowa", "contact", ("payload", "contact", "phone_number")),
        ("zapi", "contact", ("contact", "phones")),
        ("ultramsg", "message", ("data", "quotedMsg")),
        ("green_api", "quoted", ("messageData", "quotedMessage", "participant")),
    ],
)
def test_card_and_quote_name_nobody(provider: str, name: str, path: tuple[str, ...]) -> None:
    result = changed(provider, name, *path, to="111111111110009@lid")
    assert parties(result) == parties(read(provider, name))
    assert pairs(result) == pairs(read(provider, name))


@pytest.mark.parametrize("messenger", ["telegram", "v3"])
def test_other_messengers_of_green_api_are_refused(messenger: str) -> None:
    with pytest.raises(PayloadError, match="not of WhatsApp"):
        changed("green_api", "text", "instanceData", "typeInstance", to=messenger)


@pytest.mark.parametrize(
    ("provider", "other", "name"),
    [
        ("gowa", "waha", "noweb"),
        ("green_api", "zapi", "text"),
        ("zapi", "gowa", "message"),
        ("ultramsg", "zapi", "text"),
        ("wwebjs", "ultramsg", "message"),
        ("zapi", "whatsmeow", "message"),
    ],
)
def test_payload_of_another_gateway_is_refused(provider: str, other: str, name: str) -> None:
    with pytest.raises(PayloadError):
        PROVIDERS[provider](load(other, name))


@pytest.mark.parametrize("provider", ["gowa", "green_api"])
def test_edit_without_its_text_is_kept_unread(provider: str) -> None:
    path = {
        "gowa": ("payload", "body"),
        "green_api": ("messageData", "editedMessageData", "textMessage"),
    }[provider]
    result = changed(provider, "edited", *path, to=None)
    assert (result.events, result.unread.total()) == ([], 1)


def test_group_of_zapi_is_a_group_whatever_its_id_looks_like() -> None:
    for phone in ("120363000000000001-group", "120363000000000001", "972521110001-1620000000"):
        [message] = changed("zapi", "group", "phone", to=phone).messages
        assert (message.from_number or "").endswith("@g.us")
    assert changed("zapi", "group", "phone", to="972521110001-1620000000").messages[0].address == (
        "972521110001-1620000000@g.us"
    )


def test_own_message_has_no_other_name_of_the_owner() -> None:
    """senderLid is of whoever wrote."""
    [message] = changed("zapi", "sent", "chatLid", to=None).messages
    assert (message.direction, message.contact_aliases) == ("outbound", None)


@pytest.mark.parametrize(
    ("voter", "expected"),
    [
        (CUSTOMER, (CUSTOMER, False)),
        ("97237000100@c.us", (CUSTOMER, True)),
        ("111111111119999@lid", (None, False)),
    ],
)
def test_vote_in_a_chat_of_two_is_whose_name_it_has(
    voter: str, expected: tuple[str | None, bool]
) -> None:
    result = changed("wwebjs", "vote", "data", "vote", "voter", to=voter)
    assert [(each.address, each.is_from_business) for each in result.events] == [expected]
    assert pairs(result) == []


@pytest.mark.parametrize(("voters", "expected"), [([CUSTOMER], ["Monday"]), (["1@c.us"], [])])
def test_vote_is_what_the_envelopes_sender_chose(voters: list[str], expected: list[str]) -> None:
    votes = [
        {"optionName": "Monday", "optionVoters": voters},
        {"optionName": "Tuesday", "optionVoters": ["972521110002@c.us"]},
    ]
    path = ("messageData", "pollMessageData", "votes")
    result = changed("green_api", "poll_update", *path, to=votes)
    assert [each.body for each in result.events] == expected
    assert len(result.events) + result.unread.total() == 1


@pytest.mark.parametrize("is_contact", [True, False])
def test_number_change_is_a_claim_when_its_direction_is_told_both_ways(is_contact: bool) -> None:
    result = changed("wwebjs", "number_change", "data", "isContact", to=is_contact)
    [told] = result.evidence
    expected = ("replaced", "attested") if is_contact else ("same", "claimed")
    assert (told.relation, told.weight) == expected


@pytest.mark.parametrize(
    ("own_name", "expected"), [("Noa", ["Noa (saved)"]), (None, []), ("Noa (saved)", [])]
)
def test_name_of_the_book_is_one_beside_the_senders_own(
    own_name: str | None, expected: list[str]
) -> None:
    """Alone it may be what the sender calls himself."""
    result = changed("gowa", "message", "payload", "from_name", to=own_name)
    assert [told.name for told in result.names] == expected


@pytest.mark.parametrize("is_from_me", [True, False])
def test_party_is_never_the_business_itself(is_from_me: bool) -> None:
    own = ["97237000100@c.us", "111111111119999@lid"]
    key = read_parties("1", is_from_me, [own[0], CUSTOMER], [own[1], LID], own)
    assert (key.address, key.aliases) == (CUSTOMER, [] if is_from_me else [LID])
