"""The content of a message of Z-API: an object under the name of what it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from onethread.model.message import PLACEHOLDER
from onethread.providers.baileys_message import unreadable
from onethread.providers.content import (
    Item,
    Shown,
    about,
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
from onethread.providers.result import first, items, mapping, text, time_of

Fields = Mapping[str, Any]

_PAYMENTS = {
    "pixKeyMessage": "Pix",
    "requestPayment": "Payment request",
    "sendPayment": "Payment",
}
_ORDERS = ("order", "reviewAndPay", "reviewOrder")
_THUMBNAILS = ("thumbnailUrl", "jpegThumbnail")


def read_content(raw: Fields) -> Shown:
    """What the message shows."""
    name = next((each for each in READERS if isinstance(raw.get(each), Mapping)), None)
    if name is None and raw.get("waitingMessage") is True:
        return Shown(PLACEHOLDER, unreadable(is_view_once=raw.get("viewOnce") is True))
    shown = READERS[name](raw[name]) if name else note("unknown")
    ad = mapping(raw.get("externalAdReply"))
    return about(shown, headline=ad.get("title"), text=ad.get("body"), url=ad.get("sourceUrl"))


def _file(kind: str) -> Callable[[Fields], Shown]:
    def read(media: Fields) -> Shown:
        fields = {name: value for name, value in media.items() if name not in _THUMBNAILS}
        return file(kind, fields, media.get("caption"))

    return read


def _text(content: Fields) -> Shown:
    return note("text", text(content.get("message")))


def _template(content: Fields) -> Shown:
    texts = (content.get(name) for name in ("title", "message", "text", "footer"))
    buttons = (*items(content.get("hydratedButtons")), *items(content.get("buttons")))
    return interactive(*texts, options=map(_button, buttons), kind="template")


def _button(button: Fields) -> str | None:
    inner = first(button, "urlButton", "quickReplyButton", "callButton", "buttonText")
    return option(mapping(inner).get("displayText"), mapping(inner).get("url"))


def _buttons(content: Fields) -> Shown:
    cards = (card.get("message") for card in items(content.get("cards")))
    texts = (content.get("message"), content.get("text"), *cards)
    return interactive(*texts, options=map(_button, items(content.get("buttons"))))


def _choice(content: Fields) -> Shown:
    title = first(content, "title", "message")
    said = content.get("message") if "title" in content else None
    return choice(title, said, code=first(content, "selectedRowId", "buttonId"))


def _cards(content: Fields) -> Shown:
    return contacts(read_vcards(first(content, "vCard", "vcard"), content.get("displayName")))


def _place(content: Fields) -> Shown:
    name, address = content.get("name"), content.get("address")
    return location(content.get("latitude"), content.get("longitude"), name=name, address=address)


def _order(content: Fields) -> Shown:
    currency = content.get("currency")
    lots = [
        Item(
            name=each.get("name"),
            code=first(each, "retailerId", "productId"),
            quantity=each.get("quantity"),
            price=first(each, "price", "value"),
            currency=first(each, "currencyCode") or currency,
        )
        for each in items(content.get("products"))
    ]
    return order(
        lots,
        message=content.get("message"),
        title=content.get("orderTitle"),
        count=content.get("itemCount"),
        total=money(content.get("total"), currency),
        status=content.get("orderStatus"),
        code=first(content, "orderId", "referenceId"),
    )


def _product(content: Fields) -> Shown:
    price = money(content.get("price"), content.get("currencyCode"))
    code, url = first(content, "retailerId", "productId"), content.get("url")
    said = content.get("description")
    return product(content.get("title"), description=said, price=price, code=code, url=url)


def _poll(content: Fields) -> Shown:
    options = (each.get("name") for each in items(content.get("options")))
    return poll(content.get("question"), options)


def _event(content: Fields) -> Shown:
    place = mapping(content.get("location"))
    return event(
        content.get("name"),
        content.get("description"),
        starts_at=time_of(content.get("scheduleTime")),
        place=_place(place) if place else None,
        link=content.get("joinLink"),
        is_canceled=content.get("canceled") is True,
    )


def _payment(name: str) -> Callable[[Fields], Shown]:
    def read(content: Fields) -> Shown:
        told = {**mapping(content.get("paymentInfo")), **content}
        amount = money(told.get("value"), first(told, "currencyCode", "currency"))
        status, key = told.get("status"), told.get("key")
        return payment(name, amount, told.get("merchantName"), status=status, key=key)

    return read


def _invite(content: Fields) -> Shown:
    name, said = content.get("newsletterName"), content.get("text")
    return invite(name, said, address=content.get("newsletterId"))


READERS: Mapping[str, Callable[[Fields], Shown]] = {
    "text": _text,
    "image": _file("image"),
    "audio": _file("audio"),
    "video": _file("video"),
    "document": _file("document"),
    "sticker": _file("sticker"),
    "hydratedTemplate": _template,
    "buttonsMessage": _buttons,
    "carouselMessage": _buttons,
    "buttonsResponseMessage": _choice,
    "listResponseMessage": _choice,
    "contact": _cards,
    "location": _place,
    "product": _product,
    "poll": _poll,
    "event": _event,
    "newsletterAdminInvite": _invite,
    **dict.fromkeys(_ORDERS, _order),
    **{name: _payment(what) for name, what in _PAYMENTS.items()},
}
