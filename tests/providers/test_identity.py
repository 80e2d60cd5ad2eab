"""What is a person, what is ours, and what is no message: the same in every adapter."""

from __future__ import annotations

from typing import Any

import pytest

from onethread.errors import PayloadError
from onethread.providers import PROVIDERS, ProviderResult
from tests.providers.reading import pairs, parties

OWN = "553197654321"
CUSTOMER = "553188880001"
METADATA = {"display_phone_number": "+55 31 99765-4321", "phone_number_id": "1"}


def _value(**lists: Any) -> dict[str, Any]:
    return {"messaging_product": "whatsapp", "metadata": METADATA, **lists}


def _meta(field: str, **lists: Any) -> ProviderResult:
    change = {"field": field, "value": _value(**lists)}
    return PROVIDERS["meta_cloud"]({"entry": [{"id": "1", "changes": [change]}]})


def _text(sender: str, **more: Any) -> dict[str, Any]:
    said = {"from": sender, "id": "wamid.1", "timestamp": "1790000000", "type": "text"}
    return said | {"text": {"body": "hi"}} | more


@pytest.mark.parametrize("field", ["messages", "smb_message_echoes"])
def test_what_our_number_sends_is_ours_in_whatever_list_and_spelling(field: str) -> None:
    result = _meta(field, messages=[_text(OWN, to=CUSTOMER)])

    assert parties(result) == [("outbound", CUSTOMER, None, None)]


def test_our_past_messages_are_ours_when_the_ninth_digit_differs() -> None:
    thread = {"id": CUSTOMER, "messages": [_text(OWN, to=CUSTOMER), _text(CUSTOMER)]}

    result = _meta("history", history=[{"threads": [thread]}])

    assert [message.direction for message in result.messages] == ["outbound", "inbound"]


def test_an_echo_to_a_user_id_is_not_taken_for_our_own_number() -> None:
    result = _meta("smb_message_echoes", message_echoes=[_text(OWN, to_user_id="BR.77")])

    assert parties(result) == [("outbound", "BR.77", None, None)]
    assert not result.evidence


def test_a_value_posted_alone_is_read_as_what_it_is() -> None:
    contacts = [{"profile": {"name": "Ana"}, "wa_id": CUSTOMER}]
    read = PROVIDERS["meta_cloud"]

    inbound = read(_value(contacts=contacts, messages=[_text(CUSTOMER)]) | {"field": "messages"})
    status = {
        "id": "wamid.9",
        "status": "read",
        "recipient_id": CUSTOMER,
        "timestamp": "1790000000",
    }
    statuses = read(_value(statuses=[status]))

    assert parties(inbound) == [("inbound", CUSTOMER, None, None)]
    assert [event.kind for event in statuses.events] == ["read"]


def test_the_answer_to_a_send_is_ours_when_it_does_not_name_its_product() -> None:
    answer = {"contacts": [{"input": CUSTOMER, "wa_id": CUSTOMER}], "messages": [{"id": "wamid.5"}]}

    assert parties(PROVIDERS["meta_cloud"](answer)) == [("outbound", f"+{CUSTOMER}", None, None)]


def test_the_answer_to_a_send_to_a_group_is_in_the_group() -> None:
    group = "Y2FwaV9ncm91cDoxNzA1NTU1MDEzOToxMjAzNjM0MDQ2OTQyMzM4MjAZD"
    answer = {
        "messaging_product": "whatsapp",
        "contacts": [{"input": group, "wa_id": group}],
        "messages": [{"id": "wamid.5"}],
    }

    assert parties(PROVIDERS["meta_cloud"](answer)) == [("outbound", group, None, None)]


def test_digits_of_a_user_id_are_no_phone() -> None:
    contact = {"input": "BR.150257639465584", "wa_id": "150257639465584"}
    answer = {"contacts": [contact], "messages": [{"id": "wamid.6"}]}
    form = {
        "MessageSid": "SM1",
        "From": "whatsapp:+150257639465584",
        "To": f"whatsapp:+{OWN}",
        "Body": "oi",
        "ExternalUserId": "BR.150257639465584",
    }

    for result in (PROVIDERS["meta_cloud"](answer), PROVIDERS["twilio"](form)):
        [(_, address, aliases, _)] = parties(result)
        assert (address, aliases) == ("BR.150257639465584", None)
        assert not result.evidence


def test_the_digits_of_a_group_are_a_group() -> None:
    contacts = [{"profile": {"name": "Ana"}, "wa_id": CUSTOMER}]
    said = _text(CUSTOMER, group_id="972541234567")
    status = {
        "id": "wamid.2",
        "status": "read",
        "timestamp": "1790000000",
        "recipient_type": "group",
        "recipient_id": "972541234567",
        "participant_recipient_id": CUSTOMER,
    }

    result = _meta("messages", contacts=contacts, messages=[said], statuses=[status])

    assert parties(result) == [("inbound", "972541234567@g.us", None, CUSTOMER)]
    [event] = result.events
    assert (event.address, event.actor) == ("972541234567@g.us", CUSTOMER)


@pytest.mark.parametrize("name", ["payment", "call"])
def test_a_status_of_something_else_says_nothing_about_delivery(name: str) -> None:
    status = {
        "id": "wamid.2",
        "type": name,
        "status": "failed",
        "recipient_id": CUSTOMER,
        "timestamp": "1790000000",
    }

    result = _meta("messages", statuses=[status])

    assert not result.events
    assert result.ignored == {f"{name} status": 1}


def test_a_status_of_an_unknown_kind_is_unread() -> None:
    status = {"id": "wamid.2", "type": "order", "status": "failed", "recipient_id": CUSTOMER}

    result = _meta("messages", statuses=[status])

    assert (result.events, result.unread) == ([], {"order status": 1})


def test_twilios_parent_id_is_the_persons() -> None:
    form = {
        "MessageSid": "SM1",
        "From": "whatsapp:+972501110020",
        "To": f"whatsapp:+{OWN}",
        "Body": "hi",
        "ExternalUserId": "IL.20",
        "ParentExternalUserId": "IL.ENT.20",
    }

    [(_, _, aliases, _)] = parties(PROVIDERS["twilio"](form))

    assert aliases == ["IL.20", "IL.ENT.20"]


_NOTICES = [
    "broadcast_notification",
    "call_log",
    "debug",
    "e2e_notification",
    "gp2",
    "group_notification",
    "notification",
    "notification_template",
    "pinned_message",
    "protocol",
    "revoked",
]


@pytest.mark.parametrize("kind", _NOTICES)
def test_notices_of_whatsapp_web_are_no_messages(kind: str) -> None:
    data = {"type": kind, "from": f"{CUSTOMER}@c.us", "to": f"{OWN}@c.us"}
    payload = data | {"id": f"false_{CUSTOMER}@c.us_3A1", "body": "", "_data": data}
    waha = PROVIDERS["waha"]({"event": "message.any", "session": "s", "payload": payload})
    wppconnect = PROVIDERS["wppconnect"]({"event": "onmessage", "session": "s"} | payload)

    for result in (waha, wppconnect):
        assert (result.messages, result.ignored) == ([], {kind: 1})


@pytest.mark.parametrize(
    ("notice", "relation", "weight"),
    [
        (
            {
                "type": "notification_template",
                "subtype": "change_number",
                "templateParams": [f"{CUSTOMER}@c.us", "5531977770002@c.us"],
                "to": "5531977770002@c.us",
            },
            "replaced",
            "attested",
        ),
        (
            {
                "type": "gp2",
                "subtype": "modify",
                "author": f"{CUSTOMER}@c.us",
                "recipients": ["5531977770002@c.us"],
            },
            "same",
            "claimed",
        ),
    ],
)
def test_a_change_of_a_number_is_evidence(
    notice: dict[str, Any], relation: str, weight: str
) -> None:
    waha = PROVIDERS["waha"]({"event": "message", "session": "s", "payload": {"_data": notice}})
    wppconnect = PROVIDERS["wppconnect"]({"event": "onmessage", "session": "s"} | notice)

    for result in (waha, wppconnect):
        [told] = result.evidence
        assert (told.a, told.b) == (f"{CUSTOMER}@c.us", "5531977770002@c.us")
        assert (told.relation, told.weight) == (relation, weight)


def test_one_number_in_two_spellings_has_not_changed() -> None:
    names = ["553188880001@c.us", "5531988880001@c.us"]
    notice = {"type": "notification_template", "subtype": "change_number", "templateParams": names}

    result = PROVIDERS["wppconnect"](
        {"event": "onmessage", "session": "s", "to": names[1]} | notice
    )

    assert (result.evidence, result.ignored) == ([], {"change_number": 1})


def test_gowas_events_are_not_wahas() -> None:
    payload = {"id": "3EB0", "from": f"{OWN}@s.whatsapp.net", "is_from_me": True, "body": "hi"}

    with pytest.raises(PayloadError, match="session"):
        PROVIDERS["waha"]({"event": "message", "device_id": f"{OWN}@c.us", "payload": payload})


def test_a_message_of_our_own_in_the_other_spelling_is_ours_in_a_group() -> None:
    group = "120363420500389001@g.us"
    result = PROVIDERS["waha"](
        {
            "event": "message",
            "session": "s",
            "me": {"id": f"{OWN}@c.us"},
            "payload": {
                "id": f"false_{group}_3A_5531997654321@c.us",
                "from": group,
                "participant": "5531997654321@c.us",
                "body": "hi",
            },
        }
    )

    assert parties(result) == [("outbound", group, None, None)]
    assert pairs(result) == []
