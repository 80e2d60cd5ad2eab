"""The content of a message as WhatsApp Web keeps it: {type, body, caption, lat, lng, loc, ...}.

WPPConnect shows the object itself, whatsapp-web.js' programs a smaller one with its own names for
places and cards and the object in _data. The body of what has a picture is often its thumbnail.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from onethread.providers.content import (
    Shown,
    about,
    answers,
    choice,
    contacts,
    event,
    file,
    interactive,
    invite,
    location,
    money,
    note,
    option,
    order,
    payment,
    poll,
    product,
    read_vcards,
)
from onethread.providers.content.values import first_words, present, several, words
from onethread.providers.protobuf_content import shown_of
from onethread.providers.result import as_list, first, identifier, items, mapping, text, time_of

Fields = Mapping[str, Any]

_FILE_FIELDS = ("mimetype", "filename", "size", "duration", "caption")
_THUMBNAIL = re.compile(r"/9j/\S*|[A-Za-z0-9+/\r\n]{300,}={0,2}")


def read_content(message: Fields) -> Shown:
    """What the message shows; unknown is the kind of what has no known type."""
    shown = READERS.get(type_of(message), _unknown)(message)
    ad = mapping(message.get("ctwaContext"))
    names = ("title", "description", "sourceUrl")
    headline, said, url = (ad.get(name) for name in names)
    return about(shown, headline=headline, text=said, url=url)


def type_of(message: Fields) -> str:
    """What WhatsApp Web calls it."""
    return identifier(message.get("type")) or "unknown"


def _written(message: Fields, *names: str) -> str | None:
    """What somebody wrote, which is no thumbnail."""
    found = (text(message.get(name)) for name in (*names, "body", "content", "caption"))
    return next((each for each in found if each and not _THUMBNAIL.fullmatch(each)), None)


def _unknown(message: Fields) -> Shown:
    return note("unknown", _written(message))


def _text(kind: str) -> Callable[[Fields], Shown]:
    def read(message: Fields) -> Shown:
        buttons = [
            *items(message.get("dynamicReplyButtons")),
            *items(message.get("hydratedButtons")),
            *items(message.get("buttons")),
        ]
        names = ("body", "content", "caption")
        written = next(filter(None, (text(message.get(name)) for name in names)), None)
        if kind != "template" and not buttons:
            return note(kind, written)  # the title is that of a page behind a link
        title, footer = message.get("title"), message.get("footer")
        return interactive(title, written, footer, options=map(_button, buttons), kind=kind)

    return read


def _button(button: Fields) -> str | None:
    inner = next(
        (
            mapping(button[name])
            for name in ("quickReplyButton", "urlButton", "callButton")
            if button.get(name)
        ),
        button,
    )
    label = mapping(inner.get("buttonText")).get("displayText")
    label = label or first(inner, "displayText", "text", "body")
    return option(label, first(inner, "url", "phoneNumber"))


def _file(kind: str) -> Callable[[Fields], Shown]:
    def read(message: Fields) -> Shown:
        media = present(**{name: message.get(name) for name in _FILE_FIELDS}) or {}
        return file(kind, media, message.get("caption"))

    return read


def _place(message: Fields) -> Shown:
    place = mapping(message.get("location"))
    description = first(place, "description") or message.get("loc")
    name, _, address = (words(description) or "").partition("\n")
    return location(
        first(message, "lat") if not place else first(place, "latitude", "lat"),
        first(message, "lng") if not place else first(place, "longitude", "lng"),
        name=place.get("name") or name,
        address=place.get("address") or address,
        caption=first(message, "caption", "comment"),
        is_live=message.get("isLive") is True,
    )


def _cards(message: Fields) -> Shown:
    texts = as_list(message.get("vCards")) or as_list(message.get("vcardList"))
    cards = [
        card
        for each in texts[:100]
        for card in (
            read_vcards(each.get("vcard"), each.get("displayName"))
            if isinstance(each, Mapping)
            else read_vcards(each)
        )
    ]
    cards = cards or read_vcards(message.get("body"), message.get("vcardFormattedName"))
    return contacts(cards)


def _order(message: Fields) -> Shown:
    return order(
        message=message.get("message"),
        title=message.get("orderTitle"),
        count=message.get("itemCount"),
        total=money(message.get("totalAmount1000"), message.get("totalCurrencyCode"), 1000),
        code=message.get("orderId"),
    )


def _product(message: Fields) -> Shown:
    price = first(message, "salePriceAmount1000", "priceAmount1000")
    return product(
        message.get("title"),
        question=_written(message),
        description=message.get("description"),
        price=money(price, message.get("currencyCode"), 1000),
        code=first(message, "retailerId", "productId"),
        url=message.get("url"),
        footer=message.get("footer"),
    )


def _list(message: Fields) -> Shown:
    offer = mapping(message.get("list"))
    rows = [row for each in items(offer.get("sections")) for row in items(each.get("rows"))]
    return interactive(
        offer.get("title") or message.get("title"),
        offer.get("description") or _written(message),
        offer.get("footerText") or message.get("footer"),
        options=(option(row.get("title"), row.get("description")) for row in rows),
    )


def _list_answer(message: Fields) -> Shown:
    reply = mapping(message.get("listResponse"))
    row = mapping(reply.get("singleSelectReply")).get("selectedRowId")
    row = row or message.get("selectedRowId")
    title = reply.get("title") or _written(message)
    return choice(title, reply.get("description"), code=row)


def _button_answer(message: Fields) -> Shown:
    code = first(message, "selectedButtonId", "selectedId")
    return choice(_written(message), code=code)


def _form_answer(message: Fields) -> Shown:
    response = mapping(first(message, "nativeFlowResponse", "nativeFlowResponseMessage"))
    values = first(response, "paramsJson", "params") or message.get("nativeFlowResponseParamsJson")
    return answers(values, fallback=_written(message))


def _interactive(message: Fields) -> Shown:
    return shown_of(
        "interactiveMessage",
        {
            "header": message.get("interactiveHeader") or message.get("header"),
            "body": {"text": _written(message)},
            "footer": {"text": message.get("footer")},
            "nativeFlowMessage": message.get("interactivePayload"),
        },
    )


def _poll(message: Fields) -> Shown:
    options = (
        each.get("name") if isinstance(each, Mapping) else each
        for each in several(message.get("pollOptions"))
    )
    return poll(message.get("pollName") or _written(message), options)


def _event(message: Fields) -> Shown:
    place = mapping(message.get("eventLocation"))
    return event(
        message.get("eventName") or _written(message),
        message.get("eventDescription"),
        starts_at=time_of(message.get("eventStartTime")),
        ends_at=time_of(message.get("eventEndTime")),
        place=shown_of("locationMessage", place) if place else None,
        link=message.get("eventJoinLink"),
        is_canceled=message.get("isEventCanceled") is True,
    )


def _invite(message: Fields) -> Shown:
    other = mapping(message.get("inviteV4"))
    return invite(
        message.get("inviteGrpName") or other.get("groupName"),
        first_words([message.get("comment"), message.get("caption"), _written(message)]),
        code=message.get("inviteCode") or other.get("inviteCode"),
        address=identifier(message.get("inviteGrp")) or identifier(other.get("groupId")),
    )


def _payment(message: Fields) -> Shown:
    said = mapping(message.get("paymentNoteMsg"))
    amount = money(message.get("paymentAmount1000"), message.get("paymentCurrency"), 1000)
    return payment("Payment", amount, said.get("body") or _written(message))


def _sticker_pack(message: Fields) -> Shown:
    return note("sticker", _written(message, "stickerPackName", "name"))


READERS: Mapping[str, Callable[[Fields], Shown]] = {
    "album": _text("album"),
    "audio": _file("audio"),
    "buttons_response": _button_answer,
    "chat": _text("text"),
    "document": _file("document"),
    "event_creation": _event,
    "groups_v4_invite": _invite,
    "hsm": _text("template"),
    "image": _file("image"),
    "interactive": _interactive,
    "interactive_response": _form_answer,
    "list": _list,
    "list_response": _list_answer,
    "location": _place,
    "multi_vcard": _cards,
    "native_flow": _interactive,
    "native_flow_response": _form_answer,
    "order": _order,
    "payment": _payment,
    "poll_creation": _poll,
    "product": _product,
    "product_list": _product,
    "ptt": _file("audio"),
    "ptv": _file("video"),
    "sticker": _file("sticker"),
    "sticker-pack": _sticker_pack,
    "template_button_reply": _button_answer,
    "vcard": _cards,
    "video": _file("video"),
}
