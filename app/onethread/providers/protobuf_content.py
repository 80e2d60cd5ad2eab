"""What each content of WhatsApp's protobuf shows, as JSON of any library.

Go writes ID, URL and JSON where the others write Id, Url and Json, and puts the choice of a oneof
into an object of its own: {"Format": {"InteractiveMessageTemplate": {...}}}.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from onethread.providers.content import (
    Item,
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
    template,
)
from onethread.providers.content.values import first_words, line, parsed, several, whole
from onethread.providers.result import mapping, time_of

_FILE_FIELDS = ("caption", "fileLength", "fileName", "mimetype", "seconds")
_TEXTS = ("text", "caption", "contentText", "title", "description", "name", "displayName")
_ADS = ("ad", "post")


class Fields:
    """The fields of one protobuf message, whatever the case of their names."""

    def __init__(self, value: Any) -> None:
        self._values: dict[str, Any] = {}
        for name, each in mapping(value).items():
            is_choice = name[:1].isupper() and isinstance(each, Mapping) and len(each) == 1
            if is_choice and next(iter(each))[:1].isupper():
                self._values |= {inner.lower(): value for inner, value in each.items()}
            self._values.setdefault(name.lower(), each)

    def __call__(self, *names: str) -> Any:
        """The first of these fields that is there."""
        found = (self._values.get(name.lower()) for name in names)
        return next((value for value in found if value is not None), None)

    def inner(self, *names: str) -> Fields:
        """The fields of a message within it."""
        return Fields(self(*names))

    def each(self, name: str) -> list[Fields]:
        """The messages of a repeated field."""
        return [Fields(value) for value in several(self(name)) if isinstance(value, Mapping)]

    def texts(self) -> Iterator[Any]:
        """What people may have written in a message of whatever type; a context is of others."""
        yield from map(self, _TEXTS)
        for name, value in self._values.items():
            if isinstance(value, Mapping) and name != "contextinfo":
                yield from map(Fields(value), _TEXTS)


def shown_of(name: str, value: Mapping[str, Any]) -> Shown:
    """What the content with this name shows; one that is not known shows what texts it has."""
    fields = Fields(value)
    shown = READERS[name](fields) if name in READERS else _unknown(fields)
    return with_ad(shown, fields("contextInfo"))


def with_ad(shown: Shown, context: Any) -> Shown:
    """The same with the advertisement that its sender had clicked, if the context names one."""
    ad = Fields(context).inner("externalAdReply")
    is_ad = ad("sourceType") in _ADS or ad("ctwaClid")
    if is_ad and "ad" not in (shown.media or {}):
        return about(shown, headline=ad("title"), text=ad("body"), url=ad("sourceUrl"))
    return shown


def _unknown(fields: Fields) -> Shown:
    return note("unknown", first_words(fields.texts()))


def _text(fields: Fields) -> Shown:
    return note("text", fields("text") or fields("title") or fields("description"))


def _file(kind: str) -> Callable[[Fields], Shown]:
    def read(fields: Fields) -> Shown:
        media = {name: value for name in _FILE_FIELDS if (value := fields(name)) is not None}
        if "fileName" not in media and (title := line(fields("title"))):
            media["fileName"] = title
        if (url := fields("url")) is not None:
            media["url"] = url
        return file(kind, media, fields("caption"))

    return read


def _place(fields: Fields, *, is_live: bool = False) -> Shown:
    return location(
        fields("degreesLatitude"),
        fields("degreesLongitude"),
        name=fields("name"),
        address=fields("address"),
        caption=fields("caption", "comment"),
        is_live=is_live or fields("isLive") is True,
    )


def _live_place(fields: Fields) -> Shown:
    return _place(fields, is_live=True)


def _contact(fields: Fields) -> Shown:
    return contacts(read_vcards(fields("vcard"), fields("displayName")))


def _contacts(fields: Fields) -> Shown:
    cards = [
        card
        for each in fields.each("contacts")
        for card in read_vcards(each("vcard"), each("displayName"))
    ]
    return contacts(cards, None if cards else fields("displayName"))


def _order(fields: Fields) -> Shown:
    return order(
        message=fields("message"),
        title=fields("orderTitle"),
        count=fields("itemCount"),
        total=money(fields("totalAmount1000"), fields("totalCurrencyCode"), 1000),
        code=fields("orderId"),
    )


def _product(fields: Fields) -> Shown:
    item = fields.inner("product")
    price = item("salePriceAmount1000", "priceAmount1000")
    return product(
        item("title") or fields.inner("catalog")("title"),
        question=fields("body"),
        description=item("description"),
        price=money(price, item("currencyCode"), 1000),
        code=item("retailerId", "productId"),
        url=item("url"),
        footer=fields("footer"),
    )


def _payment_request(fields: Fields) -> Shown:
    amount = fields.inner("amount")
    total = money(amount("value"), amount("currencyCode"), amount("offset") or 1000)
    total = total or money(fields("amount1000"), fields("currencyCodeIso4217"), 1000)
    return payment("Payment request", total, _note(fields))


def _payment_sent(fields: Fields) -> Shown:
    return payment("Payment", None, _note(fields))


def _note(fields: Fields) -> Any:
    written = fields.inner("noteMessage")
    return written.inner("extendedTextMessage")("text") or written("conversation")


def _said(kind: str, words: str, *names: str) -> Callable[[Fields], Shown]:
    """What is known by its type, with the text that came with it."""

    def read(fields: Fields) -> Shown:
        return note(kind, first_words(map(fields, names)), words)

    return read


def _invoice(fields: Fields) -> Shown:
    return payment("Invoice", None, fields("note"))


def _buttons(fields: Fields) -> Shown:
    return interactive(
        fields("text"),
        fields("contentText"),
        fields("footerText"),
        options=(each.inner("buttonText")("displayText") for each in fields.each("buttons")),
        file=_header_file(fields),
    )


def _list(fields: Fields) -> Shown:
    sections = fields.each("sections")
    return interactive(
        fields("title"),
        fields("description"),
        fields("footerText"),
        options=[
            *(row for section in sections for row in _rows(section)),
            *map(_products, fields.inner("productListInfo").each("productSections")),
        ],
    )


def _products(section: Fields) -> str | None:
    codes = filter(None, (line(each("productId")) for each in section.each("products")))
    return option(section("title"), ", ".join(codes))


def _rows(section: Fields) -> Iterator[str | None]:
    for row in section.each("rows"):
        yield option(row("title"), row("description"))


def _interactive(fields: Fields) -> Shown:
    cards = fields.inner("carouselMessage").each("cards")
    texts = [text for part in (fields, *cards) for text in _texts(part)]
    options = [name for part in (fields, *cards) for name in _flow_buttons(part)]
    return interactive(*texts, options=options, file=_header_file(fields.inner("header")))


def _texts(fields: Fields) -> Iterator[Any]:
    header = fields.inner("header")
    yield header("title")
    yield header("subtitle")
    yield fields.inner("body")("text")
    yield fields.inner("footer")("text")
    for button in fields.inner("nativeFlowMessage").each("buttons"):
        yield _bill(Fields(parsed(button("buttonParamsJson"))))


def _bill(fields: Fields) -> str | None:
    """The order and the ways to pay for it that a button holds."""
    total = _amount(fields.inner("total_amount"), fields("currency"))
    items = [
        Item(
            name=item("name"),
            code=item("retailer_id"),
            quantity=item("quantity"),
            price=item.inner("amount")("value"),
            currency=fields("currency"),
            offset=item.inner("amount")("offset") or 1,
        )
        for item in fields.inner("order").each("items")
    ]
    keys = [
        ", ".join(filter(None, (line(key("merchant_name")), line(key("key")))))
        for way in fields.each("payment_settings")
        if (key := way.inner("pix_static_code"))("key")
    ]
    if not (total or items or keys):
        return None
    bill = order(items, total=total, code=fields("reference_id"))
    return "\n".join([bill.body or "", *keys])


def _amount(fields: Fields, currency: Any) -> str | None:
    return money(fields("value"), currency, fields("offset") or 1)


def _flow_buttons(fields: Fields) -> Iterator[str | None]:
    for button in fields.inner("nativeFlowMessage").each("buttons"):
        parameters = Fields(parsed(button("buttonParamsJson")))
        yield option(parameters("display_text", "title"), parameters("url", "phone_number"))
        for section in parameters.each("sections"):
            yield from _rows(section)


def _header_file(fields: Fields) -> dict[str, Any] | None:
    for name in ("imageMessage", "videoMessage", "documentMessage"):
        if isinstance(fields(name), Mapping):
            return _file("document")(fields.inner(name)).media
    return None


def _template(fields: Fields) -> Shown:
    if isinstance(fields("interactiveMessageTemplate"), Mapping):
        inner = _interactive(fields.inner("interactiveMessageTemplate"))
        return Shown("template", inner.body, inner.media)
    names = ("hydratedTemplate", "hydratedFourRowTemplate", "fourRowTemplate")
    shown = fields.inner(*names)
    return interactive(
        shown("hydratedTitleText"),
        shown("hydratedContentText") or shown.inner("content")("elementName"),
        shown("hydratedFooterText"),
        options=(_template_button(each) for each in shown.each("hydratedButtons")),
        kind="template",
        file=_header_file(shown),
    )


def _template_button(fields: Fields) -> str | None:
    button = fields.inner("quickReplyButton", "urlButton", "callButton")
    return option(button("displayText"), button("url", "phoneNumber"))


def _structured(fields: Fields) -> Shown:
    hydrated = fields.inner("hydratedHsm")
    if (shown := _template(hydrated)).body:
        return shown
    return template(fields("elementName"), parameters=several(fields("params")))


def _answer(fields: Fields) -> Shown:
    written = fields.inner("body")("text")
    response = fields.inner("nativeFlowResponseMessage")
    is_form = response("name") in ("flow", "galaxy_message")
    return answers(response("paramsJson"), title=None if is_form else written, fallback=written)


def _button_answer(fields: Fields) -> Shown:
    return choice(fields("selectedDisplayText"), code=fields("selectedButtonId", "selectedId"))


def _list_answer(fields: Fields) -> Shown:
    row = fields.inner("singleSelectReply")("selectedRowId")
    return choice(fields("title"), fields("description"), code=row)


def _poll(fields: Fields) -> Shown:
    return poll(fields("name"), (each("optionName") for each in fields.each("options")))


def _poll_result(fields: Fields) -> Shown:
    votes = fields.each("pollVotes")
    counts = (each("optionVoteCount") for each in votes)
    return poll(fields("name"), (each("optionName") for each in votes), counts)


def _event(fields: Fields) -> Shown:
    return event(
        fields("name"),
        fields("description"),
        starts_at=time_of(fields("startTime")),
        ends_at=time_of(fields("endTime")),
        place=_place(fields.inner("location")) if fields("location") else None,
        link=fields("joinLink"),
        is_canceled=fields("isCanceled") is True,
    )


def _call(fields: Fields) -> Shown:
    starts_at = time_of(fields("scheduledTimestampMs"))
    return event(fields("title") or "Call", starts_at=starts_at)


def _group_invite(fields: Fields) -> Shown:
    return invite(
        fields("groupName", "newsletterName"),
        fields("caption"),
        code=fields("inviteCode"),
        address=fields("groupJid", "newsletterJid"),
    )


def _album(fields: Fields) -> Shown:
    names = (("Photos", "expectedImageCount"), ("Videos", "expectedVideoCount"))
    counts = (f"{name}: {count}" for name, field in names if (count := whole(fields(field))))
    return note("album", ", ".join(counts))


def _sticker_pack(fields: Fields) -> Shown:
    return note("sticker", fields("name"), fields("publisher"), fields("packDescription"))


def _rich_answer(fields: Fields) -> Shown:
    texts = [each("messageText") for each in fields.each("submessages")]
    return note("text", *texts) if texts else _unknown(fields)


READERS: Mapping[str, Callable[[Fields], Shown]] = {
    "albumMessage": _album,
    "audioMessage": _file("audio"),
    "bcallMessage": _said("event", "Call", "caption"),
    "buttonsMessage": _buttons,
    "buttonsResponseMessage": _button_answer,
    "cancelPaymentRequestMessage": _said("payment", "Payment request canceled"),
    "contactMessage": _contact,
    "contactsArrayMessage": _contacts,
    "conversation": _text,
    "declinePaymentRequestMessage": _said("payment", "Payment request declined"),
    "documentMessage": _file("document"),
    "eventMessage": _event,
    "extendedTextMessage": _text,
    "groupInviteMessage": _group_invite,
    "highlyStructuredMessage": _structured,
    "imageMessage": _file("image"),
    "interactiveMessage": _interactive,
    "interactiveResponseMessage": _answer,
    "invoiceMessage": _invoice,
    "listMessage": _list,
    "listResponseMessage": _list_answer,
    "liveLocationMessage": _live_place,
    "locationMessage": _place,
    "newsletterAdminInviteMessage": _group_invite,
    "newsletterFollowerInviteMessageV2": _group_invite,
    "orderMessage": _order,
    "paymentInviteMessage": _said("payment", "Invitation to payments"),
    "pollCreationMessage": _poll,
    "pollCreationMessageV2": _poll,
    "pollCreationMessageV3": _poll,
    "pollCreationMessageV5": _poll,
    "pollResultSnapshotMessage": _poll_result,
    "pollResultSnapshotMessageV3": _poll_result,
    "productMessage": _product,
    "ptvMessage": _file("video"),
    "questionResponseMessage": _text,
    "requestPaymentMessage": _payment_request,
    "requestPhoneNumberMessage": _said("interactive", "Request for the phone number"),
    "richResponseMessage": _rich_answer,
    "scheduledCallCreationMessage": _call,
    "sendPaymentMessage": _payment_sent,
    "statusQuestionAnswerMessage": _text,
    "stickerMessage": _file("sticker"),
    "stickerPackMessage": _sticker_pack,
    "templateButtonReplyMessage": _button_answer,
    "templateMessage": _template,
    "videoMessage": _file("video"),
}
