"""The content of a message in Twilio's form fields; what is nested is JSON text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from onethread.providers.content import (
    FILE_KINDS,
    Item,
    Shown,
    about,
    answers,
    choice,
    contacts,
    file,
    kind_of_file,
    location,
    note,
    order,
    read_vcards,
)
from onethread.providers.content.values import first_words, parsed
from onethread.providers.result import identifier, items, mapping, text

Fields = Mapping[str, Any]

_VCARD_TYPES = ("text/vcard", "text/x-vcard", "text/directory")
_FORMS = ("InteractiveData", "FlowData")
_UNSUPPORTED = "Twilio cannot show this message"


def read_content(form: Fields) -> Shown:
    """What the message shows, with the advertisement or product that it is about."""
    return about(
        _read(form),
        headline=form.get("ReferralHeadline"),
        text=form.get("ReferralBody"),
        url=form.get("ReferralSourceUrl"),
        product=first_words(map(form.get, ("ReferredProductRetailerId", "ProductRetailerId"))),
    )


def _read(form: Fields) -> Shown:
    kind = (identifier(form.get("MessageType")) or "").strip().lower()
    body = text(form.get("Body"))
    if media := _media(form):
        return _file(form, kind, media, body)
    if text(form.get("Latitude")) or kind == "location":
        return location(
            form.get("Latitude"),
            form.get("Longitude"),
            name=form.get("Label"),
            address=form.get("Address"),
            caption=body,
        )
    if kind == "order" or form.get("OrderData"):
        return _order(form, body)
    if values := next(filter(None, (text(form.get(name)) for name in _FORMS)), None):
        return answers(values, title=body)
    if any(form.get(name) for name in ("ListId", "ListTitle")):
        title = text(form.get("ListTitle")) or body
        return choice(title, form.get("ListDescription"), code=form.get("ListId"))
    if kind in ("button", "interactive") or any(map(form.get, ("ButtonText", "ButtonPayload"))):
        return choice(body or form.get("ButtonText"), code=form.get("ButtonPayload"))
    if kind == "contacts":
        return contacts(read_vcards(body, body))
    if body is None and kind == "unsupported":
        reason = first_words(map(form.get, ("ErrorMessage", "ErrorCode")))
        return note("unsupported", reason or _UNSUPPORTED)
    other = text(form.get("Label")) or text(form.get("Address"))
    known = "text" if body or other or kind in ("", "text") else kind
    return note(known, body or other)


def _file(form: Fields, kind: str, media: dict[str, Any], body: str | None) -> Shown:
    mimetype = (text(media.get("mimetype")) or "").partition(";")[0].strip().lower()
    if kind == "contacts" or mimetype in _VCARD_TYPES:
        # The card itself is at the address alone.
        return Shown("contacts", body, media)
    known = kind if kind in FILE_KINDS else kind_of_file(mimetype)
    name = first_words(map(form.get, ("MediaFilename0", "MediaFileName0")))
    return file(known, {**media, "filename": name} if name else media, body)


def _media(form: Fields) -> dict[str, Any] | None:
    url = text(form.get("MediaUrl0"))
    mime = text(form.get("MediaContentType0"))
    if url is None and mime is None:
        return None
    more = [text(form.get(f"MediaUrl{number}")) for number in range(1, 10)]
    media: dict[str, Any] = {"url": url, "mimetype": mime}
    return {**media, "more": list(filter(None, more))} if any(more) else media


def _order(form: Fields, body: str | None) -> Shown:
    data = mapping(parsed(form.get("OrderData")))
    found = items(data.get("product_items")) or items(data.get("items"))
    return order(
        (
            Item(
                name=first_words(map(each.get, ("name", "title"))),
                code=first_words(map(each.get, ("product_retailer_id", "retailer_id", "id"))),
                quantity=each.get("quantity"),
                price=first_words(map(each.get, ("item_price", "price"))),
                currency=each.get("currency"),
            )
            for each in found
        ),
        message=body or data.get("text"),
    )
