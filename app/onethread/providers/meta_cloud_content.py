"""The content of a Cloud API message, as it comes in and as it was sent."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from onethread.providers.content import (
    FILE_KINDS,
    Card,
    Item,
    Shown,
    about,
    answers,
    choice,
    contacts,
    file,
    interactive,
    location,
    money,
    note,
    option,
    order,
    product,
    read_vcards,
    template,
)
from onethread.providers.content.values import first_words, line
from onethread.providers.result import items, mapping

Fields = Mapping[str, Any]


def read_content(message: Fields, kind: str) -> Shown:
    """What a message of this type shows, with the advertisement or product that it is about."""
    shown = _read(message, kind)
    ad = mapping(message.get("referral"))
    item = mapping(mapping(message.get("context")).get("referred_product"))
    return about(
        shown,
        headline=ad.get("headline"),
        text=ad.get("body"),
        url=ad.get("source_url"),
        product=item.get("product_retailer_id"),
    )


def _read(message: Fields, kind: str) -> Shown:
    if kind in FILE_KINDS or kind == "voice":
        fields = mapping(message.get(kind))
        return file(kind, fields, fields.get("caption"))
    if kind == "contacts":
        return contacts(card for each in items(message.get(kind)) for card in _cards(each))
    if reader := _READERS.get(kind):
        return reader(mapping(message.get(kind)))
    if errors := items(message.get("errors")):
        return _unsupported(kind, errors, mapping(message.get(kind)))
    fields = mapping(message.get(kind))
    names = ("body", "caption", "text", "title", "name", "description", "type")
    return note(kind, first_words(map(fields.get, names)))


def _unsupported(kind: str, errors: list[Fields], fields: Fields) -> Shown:
    """Meta's reason: what it cannot show, or that nobody knows it."""
    error = errors[0]
    title = ": ".join(filter(None, (line(error.get("code")), line(error.get("title")))))
    details = mapping(error.get("error_data")).get("details") or error.get("message")
    type_name = line(fields.get("type"))
    return note(
        kind, title, details if line(details) != line(error.get("title")) else None, type_name
    )


def _text(fields: Fields) -> Shown:
    return note("text", fields.get("body"))


def _place(fields: Fields) -> Shown:
    return location(
        fields.get("latitude"),
        fields.get("longitude"),
        name=fields.get("name"),
        address=fields.get("address"),
    )


def _cards(card: Fields) -> Iterator[Card]:
    if card.get("vcard"):
        yield from read_vcards(card["vcard"])
        return
    name, company = mapping(card.get("name")), mapping(card.get("org"))
    parts = (line(name.get(each)) for each in ("first_name", "middle_name", "last_name"))
    addresses = items(card.get("addresses"))
    yield Card(
        name=name.get("formatted_name") or " ".join(filter(None, parts)),
        phones=map(_number, items(card.get("phones"))),
        organization=first_words(map(company.get, ("company", "department", "title"))),
        emails=(each.get("email") for each in items(card.get("emails"))),
        others=[
            *map(_address, addresses),
            *(each.get("url") for each in items(card.get("urls"))),
        ],
    )


def _number(phone: Fields) -> Any:
    number = line(phone.get("wa_id"))
    return phone.get("phone") or (f"+{number}" if number else None)


def _address(address: Fields) -> str:
    names = ("street", "city", "state", "zip", "country")
    return ", ".join(filter(None, (line(address.get(name)) for name in names)))


def _order(fields: Fields) -> Shown:
    return order(
        (
            Item(
                code=each.get("product_retailer_id"),
                quantity=each.get("quantity"),
                price=each.get("item_price"),
                currency=each.get("currency"),
            )
            for each in items(fields.get("product_items"))
        ),
        message=fields.get("text"),
    )


def _button(fields: Fields) -> Shown:
    return choice(fields.get("text"), code=fields.get("payload"))


def _interactive(fields: Fields) -> Shown:
    """An answer, or what we sent to be answered."""
    for name in ("button_reply", "list_reply"):
        if reply := mapping(fields.get(name)):
            return choice(reply.get("title"), reply.get("description"), code=reply.get("id"))
    if form := mapping(fields.get("nfm_reply")):
        return answers(form.get("response_json"), fallback=form.get("body") or form.get("name"))
    if reply := mapping(fields.get("call_permission_reply")):
        return _permission(reply)
    return _offer(fields)


def _permission(reply: Fields) -> Shown:
    """Whether we may call."""
    response = line(reply.get("response"))
    said = {"accept": "Calls allowed", "reject": "Calls refused"}.get(response or "", response)
    scope = "permanently" if reply.get("is_permanent") is True else None
    return note(
        "interactive",
        " ".join(filter(None, (said or "Call permission", scope))),
        response=response,
        is_permanent=reply.get("is_permanent") is True or None,
    )


def _offer(fields: Fields) -> Shown:
    action = mapping(fields.get("action"))
    cards = [card for card in items(action.get("cards")) if card]
    header = mapping(fields.get("header"))
    code = action.get("product_retailer_id")
    if fields.get("type") == "product" or (code and not fields.get("body")):
        written = mapping(fields.get("body")).get("text")
        footer = mapping(fields.get("footer")).get("text")
        return product(None, question=written, code=code, footer=footer)
    sent_file = next((mapping(header[name]) for name in FILE_KINDS if header.get(name)), None)
    return interactive(
        header.get("text"),
        mapping(fields.get("body")).get("text"),
        *(mapping(card.get("body")).get("text") for card in cards),
        _bill(mapping(action.get("parameters"))),
        mapping(fields.get("footer")).get("text"),
        options=[
            *_options(action),
            *(name for card in cards for name in _options(mapping(card.get("action")))),
        ],
        file=dict(sent_file) if sent_file else None,
        type=line(fields.get("type")),
    )


def _options(action: Fields) -> Iterator[str | None]:
    for button in items(action.get("buttons")):
        reply = mapping(button.get("reply")) or mapping(button.get("quick_reply")) or button
        yield option(reply.get("title") or reply.get("text"), reply.get("url"))
    for section in items(action.get("sections")):
        for row in items(section.get("rows")):
            yield option(row.get("title"), row.get("description"))
        for each in items(section.get("product_items")):
            yield option(each.get("product_retailer_id"))
    parameters = mapping(action.get("parameters"))
    yield option(
        parameters.get("display_text") or parameters.get("flow_cta"), parameters.get("url")
    )


def _bill(parameters: Fields) -> str | None:
    """The order that we ask to be paid, or what became of it."""
    bill, currency = mapping(parameters.get("order")), parameters.get("currency")
    if not bill:
        return None
    return order(
        (
            Item(
                name=each.get("name"),
                code=each.get("retailer_id"),
                quantity=each.get("quantity"),
                price=mapping(each.get("amount")).get("value"),
                currency=currency,
                offset=mapping(each.get("amount")).get("offset") or 1,
            )
            for each in items(bill.get("items"))
        ),
        message=bill.get("description"),
        total=_amount(parameters.get("total_amount"), currency),
        status=bill.get("status"),
        code=parameters.get("reference_id"),
    ).body


def _amount(value: Any, currency: Any) -> str | None:
    fields = mapping(value)
    return money(fields.get("value"), currency, fields.get("offset") or 1)


def _template(fields: Fields) -> Shown:
    """A template that we sent: its components hold the parameters; those of its definition, where
    that came with it, the texts."""
    defined = mapping(fields.get("definition"))
    components = [*items(fields.get("components")), *items(defined.get("components"))]
    for card in [card for each in components for card in items(each.get("cards"))]:
        components = [*components, *items(card.get("components"))]
    parameters = [
        parameter
        for each in components
        if (line(each.get("type")) or "").lower() != "button"
        for parameter in items(each.get("parameters"))
    ]
    buttons = [button for each in components for button in items(each.get("buttons"))]
    return template(
        fields.get("name") or defined.get("name"),
        *(each.get("text") for each in components),
        parameters=map(_parameter, parameters),
        named={
            name: _parameter(each)
            for each in parameters
            if (name := line(each.get("parameter_name")))
        },
        options=[option(each.get("text"), each.get("url")) for each in buttons],
    )


def _parameter(parameter: Fields) -> Any:
    kind = line(parameter.get("type")) or "text"
    value = parameter.get(kind)
    fields = mapping(value)
    names = ("fallback_value", "filename", "link", "name", "address")
    return first_words([value, *map(fields.get, names)])


def _welcome(_: Fields) -> Shown:
    return note("request_welcome", "Opened the chat for the first time")


_READERS: Mapping[str, Callable[[Fields], Shown]] = {
    "button": _button,
    "interactive": _interactive,
    "location": _place,
    "order": _order,
    "request_welcome": _welcome,
    "template": _template,
    "text": _text,
}
