"""What people wrote is in the text, whatever form it came in."""

from __future__ import annotations

import json
from typing import Any

import pytest

from onethread.model.message import Message
from onethread.providers import PROVIDERS
from tests.providers.reading import load_all, read


def _bodies(provider: str) -> list[str]:
    results = map(PROVIDERS[provider], load_all(provider))
    return [message.body or "" for result in results for message in result.messages]


@pytest.mark.parametrize(
    ("provider", "parts"),
    [
        ("meta_cloud", ["How was it: Excellent", "topics: delivery, price", "city: Haifa"]),
        ("meta_cloud", ["Tuesday", "10:00 to 12:00"]),
        ("meta_cloud", ["Calls refused"]),
        ("meta_cloud", ["Calls allowed"]),
        ("meta_cloud", ["CONFIRM_ONLY"]),
        ("meta_cloud", ["After six, please", "3 x HUMMUS-1, 30 ILS each", "Total: 109 ILS"]),
        ("meta_cloud", ["Cafe Noir", "Ahad HaAm 43", "32.0853, 34.7818", "https://maps."]),
        ("meta_cloud", ["Rina Levi, Levi Ltd: +972 52-111-0008, 03-1110009", "Omer: +97252111001"]),
        ("meta_cloud", ["Tal, the plumber: +972 52-111-0011, +972521110012"]),
        ("meta_cloud", ["Is it in stock?", "sku-9"]),
        ("meta_cloud", ["I saw this", "Summer deal"]),
        ("meta_cloud", ["131060", "Open the WhatsApp app to see it."]),
        ("meta_cloud", ["Your visit", "Does Tuesday suit you?", "- Yes", "- No"]),
        ("meta_cloud", ["When?", "- 10:00: Dr. Katz"]),
        ("meta_cloud", ["This one?", "HUMMUS-1"]),
        ("meta_cloud", ["Your bill", "1 x Cake, 19.90 BRL each", "Total: 19.90 BRL"]),
        ("meta_cloud", ["Hi Maria, enjoy!", "Shop: https://shop.example"]),
        ("meta_cloud", ["reminder", "Tuesday", "$5"]),
        ("baileys", ["These two, today?", "Items: 2", "Total: 75 BRL"]),
        ("baileys", ["Do you have 43?", "Shoe 42", "199.90 BRL"]),
        ("baileys", ["The deposit", "Payment request: 50 BRL"]),
        ("baileys", ["Paid it"]),
        ("baileys", ["Your order left", "Track: https://track.example"]),
        ("baileys", ["Visit", "Will you come?", "- Call us: +551132220000"]),
        ("baileys", ["order_left", "Ana", "12"]),
        ("baileys", ["size: 42", "colour: red"]),
        ("baileys", ["Second copy"]),
        ("baileys", ["What time?", "- 10h", "- 11h"]),
        ("baileys", ["Appointment", "2026-05-28 21:26 UTC", "The clinic", "Bring the papers"]),
        ("baileys", ["Ze: +55 11 95555-0000", "Bia"]),
        ("baileys", ["Join us", "The class"]),
        ("baileys", ["Menu", "Choose one", "- Soup: of the day"]),
        ("baileys", ["Pay by Pix", "1 x Cake", "pix@loja.example"]),
        ("baileys", ["card one", "- This one"]),
        ("baileys", ["I want to know more", "The advertisement"]),
        ("twilio", ["How was it? Excellent", "Topics: delivery, price", "comment: Late delivery"]),
        ("twilio", ["Tuesday", "10:00 to 12:00"]),
        ("twilio", ["Cafe Noir", "Ahad HaAm 43", "32.0853, 34.7818", "https://maps."]),
        ("twilio", ["I saw this", "Summer deal"]),
        ("twilio", ["cannot show this message"]),
        ("waha", ["Cafe Noir", "Ahad HaAm 43", "32.0853, 34.7818", "https://maps."]),
        ("waha", ["Rina Levi: +972 52-111-0008, 03-1110009", "Omer: 03-1110010"]),
        ("waha", ["What time?", "- 10h", "- 11h"]),
        ("waha", ["Tuesday", "10:00 to 12:00"]),
        ("waha", ["These two, today?", "Total: 75 ILS"]),
        ("waha", ["size: 42"]),
        ("whatsmeow", ["Yes, please"]),
        ("whatsmeow", ["size: 42"]),
        ("whatsmeow", ["Pay by Pix", "- Pay: https://pay.example"]),
        ("whatsmeow", ["Will you come?", "- Yes"]),
        ("whatsmeow", ["These two", "Total: 75 BRL"]),
        ("wppconnect", ["Cafe Noir", "Ahad HaAm 43", "32.0853, 34.7818", "https://maps."]),
        ("wppconnect", ["Rina Levi: +972 52-111-0008, 03-1110009", "Omer"]),
        ("wppconnect", ["These two, today?", "Items: 2", "Total: 75 ILS"]),
        ("wppconnect", ["Shoe 42", "199.90 ILS"]),
        ("wppconnect", ["Tuesday", "10:00 to 12:00"]),
        ("wppconnect", ["What time?", "- 10h", "- 11h"]),
        ("wppconnect", ["Appointment", "2026-05-28 21:26 UTC", "The clinic", "Bring the papers"]),
        ("wppconnect", ["The deposit", "50 BRL"]),
        ("wppconnect", ["Menu", "Choose one", "- Soup: of the day"]),
        ("wppconnect", ["Do you confirm?", "- Yes"]),
        ("wppconnect", ["Pay by Pix", "- Pay: https://pay.example"]),
    ],
)
def test_text_tells_all(provider: str, parts: list[str]) -> None:
    assert any(all(part in body for part in parts) for body in _bodies(provider))


@pytest.mark.parametrize("provider", ["baileys", "meta_cloud", "whatsmeow", "wppconnect"])
def test_nothing_is_empty(provider: str) -> None:
    for message in read(provider, "contents").messages:
        assert message.body or message.media, message


def _cloud(kind: str, content: Any) -> Message:
    message = {"id": "wamid.H", "from": "972521110007", "type": kind, kind: content}
    [shown] = PROVIDERS["meta_cloud"]({"messages": [message]}).messages
    return shown


def _form(answers: str) -> Message:
    return _cloud("interactive", {"nfm_reply": {"response_json": answers, "body": "Sent"}})


@pytest.mark.parametrize(
    "answers",
    ["[" * 100_000, '{"a":' * 5_000 + "1" + "}" * 5_000, "{", "", "null", "1e999", '"x"', "[NaN]",
     '{"flow_token": "t"}', '{"a": {"b": {"c": {"d": {"e": {"f": {"g": {"h": 1}}}}}}}}'],
)  # fmt: skip
def test_form_that_cannot_be_read_leaves_its_text(answers: str) -> None:
    message = _form(answers)
    assert message.body in ("Sent", "x") and message.kind == "interactive"


@pytest.mark.parametrize(
    ("latitude", "longitude"),
    [(91, 0), (0, 181), ("1e999", "1"), ("NaN", 1), (True, False), ({}, []), (10**400, 1)],
)  # fmt: skip
def test_place_without_coordinates_has_no_map(latitude: Any, longitude: Any) -> None:
    place = {"latitude": latitude, "longitude": longitude, "name": "Somewhere"}
    assert _cloud("location", place).body == "Somewhere"
    assert (_cloud("location", place).media or {}) == {"name": "Somewhere"}


def test_content_is_bounded() -> None:
    item = {"product_retailer_id": "x" * 50_000, "quantity": 10**400, "item_price": "9" * 400}
    order = _cloud("order", {"product_items": [item] * 5_000, "text": "y" * 50_000})
    card = {"vcard": "BEGIN:VCARD\nFN:Somebody\n" + "TEL:03-1110009\n" * 50_000 + "END:VCARD\n"}
    cards = _cloud("contacts", [card] * 5_000)
    form = _form(json.dumps({f"field {number}": "z" * 1_000 for number in range(190)}))
    for message in (order, cards, form):
        assert message.body and len(message.body) < 1_200_000
        assert message.body.count("\n") <= 120
    assert (cards.body or "").splitlines()[0] == "Somebody: 03-1110009"


def test_text_is_as_it_was_written() -> None:
    written = "  indented\n\n\tas it was  " + "long " * 20_000
    message = {"id": "wamid.T", "from": "972521110007", "type": "text", "text": {"body": written}}
    [plain] = PROVIDERS["meta_cloud"]({"messages": [message]}).messages
    assert plain.body == written
    message["referral"] = {"headline": "Summer\ndeal"}
    [led] = PROVIDERS["meta_cloud"]({"messages": [message]}).messages
    assert led.body == f"{written}\nAd: Summer deal"


@pytest.mark.parametrize(
    ("vcard", "expected"),
    [
        ("BEGIN:VCARD\r\nVERSION:3.0\r\nN:Levi;Rina;;;\r\nTEL;waid=972521110008:\r\nEND:VCARD",
         "Levi Rina: +972521110008"),
        ("BEGIN:VCARD\nFN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=D7=A8=D7=99=\n=D7=A0=D7=94\n"
         "TEL:tel:+972-52-111-0008\nEND:VCARD", "רינה: +972-52-111-0008"),
        ("begin:vcard\nFN:Rina\nORG:Levi\\, Sons;Sales\nEMAIL:rina@levi.example\n"
         "item1.URL:https://levi.example\nPHOTO;ENCODING=b:AAAA==\nend:vcard",
         "Rina, Levi, Sons, Sales: rina@levi.example, https://levi.example"),
    ],
)  # fmt: skip
def test_card_is_read_in_every_dialect(vcard: str, expected: str) -> None:
    assert _cloud("contacts", [{"vcard": vcard}]).body == expected


def test_unknown_content_shows_the_words_in_it_but_not_those_of_a_quote() -> None:
    content = {
        "contextInfo": {"quotedMessage": {"conversation": "ours"}, "title": "ours"},
        "body": {"text": "what I think of it"},
    }
    key = {"remoteJid": "972521110007@s.whatsapp.net", "fromMe": False, "id": "3EB0FF"}
    [message] = PROVIDERS["baileys"]({"key": key, "message": {"newMessage": content}}).messages
    assert (message.kind, message.body) == ("unknown", "what I think of it")
    del content["body"]
    [message] = PROVIDERS["baileys"]({"key": key, "message": {"newMessage": content}}).messages
    assert (message.kind, message.body) == ("unknown", None)
