"""The content of a message of Green-API: {typeMessage, and an object named after the type}."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from onethread.providers.content import (
    Shown,
    choice,
    contacts,
    file,
    interactive,
    invite,
    location,
    note,
    option,
    poll,
    read_vcards,
)
from onethread.providers.result import first, items, mapping, text

Fields = Mapping[str, Any]

_THUMBNAIL = "jpegThumbnail"


def read_content(name: str, message: Fields) -> Shown:
    """What the message shows."""
    inner = (f"{name}Data", name, name.replace("ButtonsReply", "ButtonReply"), "messageData")
    data = next((mapping(message[each]) for each in inner if message.get(each)), {})
    return READERS.get(name, _unknown)(data, message)


def _file(kind: str) -> Callable[[Fields, Fields], Shown]:
    def read(_: Fields, message: Fields) -> Shown:
        media = mapping(message.get("fileMessageData"))
        told = {field: value for field, value in media.items() if field != _THUMBNAIL}
        return file(kind, told, media.get("caption"))

    return read


def _text(data: Fields, message: Fields) -> Shown:
    extended = mapping(message.get("extendedTextMessageData"))
    plain = mapping(message.get("textMessageData"))
    return note("text", text(plain.get("textMessage")) or text(extended.get("text")))


def _place(data: Fields, _: Fields) -> Shown:
    name, address = data.get("nameLocation"), data.get("address")
    return location(data.get("latitude"), data.get("longitude"), name=name, address=address)


def _cards(data: Fields, message: Fields) -> Shown:
    several = items(data.get("contacts")) or items(message.get("contacts"))
    cards = [
        card
        for each in several or [data]
        for card in read_vcards(each.get("vcard"), each.get("displayName"))
    ]
    return contacts(cards)


def _poll(_: Fields, message: Fields) -> Shown:
    data = mapping(message.get("pollMessageData"))
    options = (each.get("optionName") for each in items(data.get("options")))
    return poll(data.get("name"), options)


def _invite(data: Fields, _: Fields) -> Shown:
    code, address = data.get("inviteCode"), data.get("groupJid")
    return invite(data.get("groupName"), data.get("caption"), code=code, address=address)


def _choice(data: Fields, _: Fields) -> Shown:
    row = data.get("singleSelectReply")
    code = first(data, "selectedId", "selectedButtonId")
    code = code or (mapping(row).get("selectedRowId") if isinstance(row, Mapping) else row)
    return choice(first(data, "selectedDisplayText", "selectedButtonText", "title"), code=code)


def _buttons(data: Fields, _: Fields) -> Shown:
    texts = (data.get(name) for name in ("titleText", "contentText", "footerText"))
    buttons = (
        option(each.get("buttonText"), first(each, "url", "phoneNumber"))
        for each in items(data.get("buttons"))
    )
    return interactive(*texts, options=buttons)


def _unknown(data: Fields, message: Fields) -> Shown:
    texts = (data.get(name) for name in ("textMessage", "text", "caption", "contentText", "title"))
    return note("unknown", next(filter(None, map(text, texts)), None) or _text(data, message).body)


READERS: Mapping[str, Callable[[Fields, Fields], Shown]] = {
    "audioMessage": _file("audio"),
    "buttonsResponseMessage": _choice,
    "contactMessage": _cards,
    "contactsArrayMessage": _cards,
    "documentMessage": _file("document"),
    "extendedTextMessage": _text,
    "groupInviteMessage": _invite,
    "imageMessage": _file("image"),
    "interactiveButtons": _buttons,
    "interactiveButtonsReply": _buttons,
    "listResponseMessage": _choice,
    "locationMessage": _place,
    "pollMessage": _poll,
    "quotedMessage": _text,
    "stickerMessage": _file("sticker"),
    "templateButtonsReplyMessage": _choice,
    "textMessage": _text,
    "videoMessage": _file("video"),
}
