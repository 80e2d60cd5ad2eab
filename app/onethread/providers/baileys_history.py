"""History sync of a linked device: chats, contacts, mappings and messages of the past."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from onethread.providers.addresses import (
    add_pairs,
    is_lid,
    is_person,
    is_phone,
    jid,
    told_in_bulk,
    with_server,
)
from onethread.providers.baileys_message import read_message
from onethread.providers.names import add_contact_names, contact_address
from onethread.providers.result import ProviderResult, first, items, mapping

_LISTS = ("chats", "contacts", "conversations", "lidPnMappings", "messages", "pushnames")


def read_history(raw: Mapping[str, Any], result: ProviderResult, provider: str, event: str) -> None:
    """messaging-history.set, as Baileys emits it (chats, contacts, messages, lidPnMappings) and as
    WhatsApp sends it (conversations with their messages, phoneNumberToLidMappings)."""
    with told_in_bulk(result):
        _read_history(raw, result, provider, event)


def _read_history(
    raw: Mapping[str, Any], result: ProviderResult, provider: str, event: str
) -> None:
    source = f"{provider} {event}"
    before = result.row_count
    for mapping_name in ("lidPnMappings", "phoneNumberToLidMappings"):
        for pair in result.objects(raw.get(mapping_name)):
            if not _add_mapping(pair, result, source):
                result.ignored["mapping"] += 1
    for contact in result.objects(raw.get("contacts")):
        names = [jid(contact.get("id")), with_server(contact.get("lid"), "lid")]
        phone = with_server(contact.get("phoneNumber"), "s.whatsapp.net")
        is_pair = is_person(names[0]) and add_pairs(result, [*names, phone], source)
        if not add_contact_names(contact, names[0], result, provider) and not is_pair:
            result.ignored["contact"] += 1
    for push_name in result.objects(raw.get("pushnames")):
        add_contact_names(push_name, contact_address(push_name), result, provider)
    for name in ("chats", "conversations"):
        for chat in result.objects(raw.get(name)):
            _read_conversation(chat, result, provider, event)
    for message in result.objects(raw.get("messages")):
        _read_message(message, result, provider, event)
    if before == result.row_count:
        is_known = not raw.keys().isdisjoint(_LISTS)
        (result.ignored if is_known else result.unread)[event] += 1


def _add_mapping(pair: Mapping[str, Any], result: ProviderResult, source: str) -> bool:
    lid = with_server(first(pair, "lidJid", "lidJID", "lid"), "lid")
    phone = with_server(first(pair, "pnJid", "pnJID", "pn"), "s.whatsapp.net")
    return add_pairs(result, [lid, phone], source)


def add_chat(chat: Mapping[str, Any], result: ProviderResult, source: str) -> bool:
    """Adds the pair that a chat carries; a group carries one too, of a person that it does not
    name, so nothing is learned there."""
    chat_id = jid(first(chat, "id", "ID"))
    if not is_person(chat_id):
        return False
    lid = with_server(first(chat, "lidJid", "lidJID", "lid"), "lid")
    phone = with_server(first(chat, "pnJid", "pnJID", "phoneNumber"), "s.whatsapp.net")
    names = [lid, phone] if is_lid(lid) and is_phone(phone) else [chat_id, lid, phone]
    return add_pairs(result, names, source)


def _read_conversation(
    chat: Mapping[str, Any], result: ProviderResult, provider: str, event: str
) -> None:
    source = f"{provider} {event}"
    messages = result.objects(chat.get("messages"))
    has_pair = add_chat(chat, result, source)
    chat_id = jid(first(chat, "id", "ID"))
    is_named = add_contact_names(chat, chat_id, result, provider)
    for message in messages:
        _read_message(message, result, provider, event)
        if not has_pair and is_lid(chat_id):
            has_pair = _add_receipt_pair(chat_id, _unwrapped(message), result, source)
    if not has_pair and not is_named and not messages:
        result.ignored["chat"] += 1


def _unwrapped(message: Mapping[str, Any]) -> Mapping[str, Any]:
    """The WebMessageInfo in a HistorySyncMsg {message, msgOrderId}."""
    inner = mapping(message.get("message"))
    return inner if "key" in inner and "key" not in message else message


def _read_message(
    message: Mapping[str, Any], result: ProviderResult, provider: str, event: str
) -> None:
    read_message(_unwrapped(message), result, provider, event)


def _add_receipt_pair(
    lid: str | None, message: Mapping[str, Any], result: ProviderResult, source: str
) -> bool:
    """The receiver of an own message in a chat of two is the chat's person: Baileys' last resort
    where the chat says no phone."""
    if mapping(message.get("key")).get("fromMe") is not True:
        return False
    receipts = items(message.get("userReceipt"))
    receivers = {jid(first(receipt, "userJid", "userJID")) for receipt in receipts}
    phones = sorted(filter(is_phone, filter(None, receivers)))
    return len(phones) == 1 and add_pairs(result, [lid, phones[0]], f"{source} userReceipt")
