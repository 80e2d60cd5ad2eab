"""What Baileys tells besides new messages: updates, receipts, reactions, and who is whom."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from onethread.model.message_event import MessageEvent
from onethread.providers.addresses import (
    add_number_change,
    add_pairs,
    is_lid,
    is_person,
    is_phone,
    jid,
    told_in_bulk,
    with_server,
    without_own,
)
from onethread.providers.baileys_content import read_content
from onethread.providers.baileys_history import add_chat, read_history
from onethread.providers.baileys_key import Key, read_key
from onethread.providers.baileys_message import Carrier, about, read_message
from onethread.providers.names import add_contact_names, contact_address
from onethread.providers.result import (
    ProviderResult,
    as_list,
    first,
    items,
    mapping,
    text,
    time_of,
)

_STATUSES = {
    0: "failed",
    2: "sent",
    3: "delivered",
    4: "read",
    5: "played",
    "ERROR": "failed",
    "SERVER_ACK": "sent",
    "DELIVERY_ACK": "delivered",
    "READ": "read",
    "PLAYED": "played",
    "DELETED": "revoked",
}
_RECEIPT_TIMES = {
    "receiptTimestamp": "delivered",
    "readTimestamp": "read",
    "playedTimestamp": "played",
}
# Of an invitation, as a number or a name.
EVENT_ANSWERS = {
    "1": "Going",
    "2": "Not going",
    "3": "Maybe",
    "GOING": "Going",
    "NOT_GOING": "Not going",
    "MAYBE": "Maybe",
}
_REVOKE_STUB = (1, "REVOKE")
# Fields of an update that say nothing to whoever reads the thread.
_SILENT_FIELDS = frozenset(
    (
        "broadcast",
        "keepInChat",
        "key",
        "mediaCiphertextSha256",
        "message",
        "messageStubParameters",
        "messageStubType",
        "messageTimestamp",
        "pinInChat",
        "pushName",
        "reactions",
        "starred",
        "status",
        "userReceipt",
        "verifiedBizName",
    )
)

Reader = Callable[[Mapping[str, Any], ProviderResult, str, str], None]


def status_kind(status: Any) -> str | None:
    """The kind of event that a status of Baileys is, as a number or a name; None when it is none
    (pending)."""
    if isinstance(status, bool) or not isinstance(status, int | str):
        return None
    return _STATUSES.get(status)


def read_update(raw: Mapping[str, Any], result: ProviderResult, provider: str, event: str) -> None:
    """messages.update: {key, update}: a status, an edit or a delete, or a message that could not be
    read before; the key names the target."""
    key, update = read_key(mapping(raw.get("key"))), mapping(raw.get("update"))
    is_evidence = key.add_evidence(result, f"{provider} {event}")
    if is_recovered(update.get("message")):
        read_message({**update, "key": raw.get("key")}, result, provider, event)
    elif votes := read_votes(key, update, raw, provider):
        result.events += votes
    elif made := _update_event(key, update, raw, provider, event):
        result.events.append(made)
    elif not update.keys() <= _SILENT_FIELDS:
        result.unread[event] += 1
    elif not is_evidence:
        result.ignored[event] += 1


def read_votes(
    key: Key,
    update: Mapping[str, Any],
    raw: Mapping[str, Any],
    provider: str,
    own: Sequence[str | None] = (),
) -> list[MessageEvent]:
    """What an update of a poll or an invitation says in clear: who has chosen what. Baileys itself
    hands over hashes of a poll's options.

    Args:
        key: of the poll or the invitation.
    """
    votes: list[tuple[Key, str | None, list[str], Any]] = []
    chosen: dict[str, list[str]] = {}
    for option in items(update.get("pollUpdates")):
        name = text(option.get("name"))
        for voter in map(jid, as_list(option.get("voters"))):
            if name and voter:
                chosen.setdefault(voter, []).append(name)
    for voter, names in chosen.items():
        is_from_me = voter == "me" or not without_own([voter], own)
        is_many = not is_person(key.address)
        participant = voter if is_many and not is_from_me else None
        teller = replace(key, id=None, is_from_me=is_from_me, participant=participant, aliases=[])
        votes.append((teller, key.target_direction, names, None))
    for answer in items(update.get("eventResponses")):
        response = mapping(answer.get("response"))
        if name := EVENT_ANSWERS.get(str(first(response, "response"))):
            teller = read_key(mapping(answer.get("eventResponseMessageKey")), own)
            time = first(response, "timestampMs") or answer.get("senderTimestampMs")
            # The key of the invitation is as who answers wrote it.
            votes.append((teller, None, [name], time))
    return [
        MessageEvent(
            kind="vote",
            provider_message_id=key.id,
            address=teller.event_address,
            target_direction=way,
            actor=teller.participant,
            is_from_business=teller.is_from_me,
            body=", ".join(names),
            provider=provider,
            provider_event_id=teller.id,
            occurred_at=time_of(time or first(raw, "datetime", "date_time")),
            payload=dict(raw),
        )
        for teller, way, names, time in votes
        if key.id is not None
    ]


def is_recovered(message: Any) -> bool:
    """Whether what an update tells of a message is the message itself: it could not be read
    before. An edit is wrapped."""
    return read_content(message).type != "" and "editedMessage" not in mapping(message)


def _update_event(
    key: Key, update: Mapping[str, Any], raw: Mapping[str, Any], provider: str, event: str
) -> MessageEvent | None:
    # update.key is the key of the message that edits or deletes; the plain key has the target's id.
    own_key = mapping(update.get("key"))
    actor = read_key(own_key) if own_key else replace(key, id=None)
    time = time_of(update.get("messageTimestamp"))
    carrier = Carrier(key=actor, provider=provider, event=event, sent_at=time, raw=raw)
    if edited := mapping(update.get("message")):
        body = read_content(edited).body
        is_edit = "editedMessage" in edited
        return (
            about(carrier, "edited", key.id, target=key.target_direction, body=body)
            if is_edit
            else None
        )
    if update.get("messageStubType") in _REVOKE_STUB:
        # In a group an admin deletes what others wrote.
        target = key.target_direction if is_person(key.address) else None
        return about(carrier, "revoked", key.id, target=target)
    return status_event(carrier, key, update.get("status"))


def status_event(carrier: Carrier, key: Key, status: Any) -> MessageEvent | None:
    """The event that a status is, told by the receiver of the message; or that it was deleted, by
    whom the key names."""
    kind = status_kind(status)
    if kind is None or key.id is None:
        return None
    if kind == "revoked":
        # In a group an admin deletes what others wrote.
        target = key.target_direction if is_person(key.address) else None
        return about(carrier, kind, key.id, target=target)
    sender_told = kind in ("sent", "failed")
    # We read what is not ours; what is ours, they read. A status that does not say whose message
    # it is about is about ours.
    is_ours = key.is_from_me or not key.is_side_known
    return MessageEvent(
        kind=kind,
        provider_message_id=key.id,
        address=key.address,
        target_direction=key.target_direction,
        is_from_business=is_ours if sender_told else not is_ours,
        provider=carrier.provider,
        occurred_at=carrier.sent_at,
        payload=dict(carrier.raw),
    )


def read_receipt(raw: Mapping[str, Any], result: ProviderResult, provider: str, event: str) -> None:
    """message-receipt.update: {key, receipt: {userJid, receiptTimestamp, readTimestamp, ...}}."""
    key, receipt = read_key(mapping(raw.get("key"))), mapping(raw.get("receipt"))
    is_evidence = key.add_evidence(result, f"{provider} {event}")
    kinds = [kind for name, kind in _RECEIPT_TIMES.items() if time_of(receipt.get(name))]
    user = jid(receipt.get("userJid"))
    for name, kind in _RECEIPT_TIMES.items():
        if key.id and kind in kinds:
            result.events.append(
                MessageEvent(
                    kind=kind,
                    provider_message_id=key.id,
                    address=key.address,
                    target_direction=key.target_direction,
                    actor=None if is_person(key.address) else user,
                    is_from_business=not key.is_from_me,
                    provider=provider,
                    occurred_at=time_of(receipt.get(name)),
                    payload=dict(raw),
                )
            )
    if not is_evidence and not (key.id and kinds):
        result.ignored[event] += 1


def read_reaction(
    raw: Mapping[str, Any], result: ProviderResult, provider: str, event: str
) -> None:
    """messages.reaction: {key: the target's, reaction: {key: its own, text, senderTimestampMs}}."""
    target, reaction = mapping(raw.get("key")), mapping(raw.get("reaction"))
    key = read_key(mapping(reaction.get("key")))
    is_evidence = key.add_evidence(result, f"{provider} {event}")
    carrier = Carrier(
        key=key,
        provider=provider,
        event=event,
        sent_at=time_of(reaction.get("senderTimestampMs")),
        raw=raw,
    )
    made = about(
        carrier,
        "reaction",
        target.get("id"),
        target=read_key(target).target_direction,
        body=text(reaction.get("text")),
    )
    if made:
        result.events.append(made)
    elif not is_evidence:
        result.unread[event] += 1


def _read_pair(raw: Mapping[str, Any], result: ProviderResult, provider: str, event: str) -> None:
    lid = with_server(first(raw, "lid", "lidJid"), "lid")
    phone = with_server(first(raw, "pn", "pnJid", "jid", "phoneNumber"), "s.whatsapp.net")
    if not add_pairs(result, [lid, phone], f"{provider} {event}"):
        result.ignored[event] += 1


def _read_contact(
    raw: Mapping[str, Any], result: ProviderResult, provider: str, event: str
) -> None:
    # With a picture's update comes an opaque LID that is not the contact's message LID
    # (WhiskeySockets/Baileys#2598).
    is_picture = event == "contacts.update" and "imgUrl" in raw
    is_named = add_contact_names(raw, contact_address(raw), result, provider)
    is_pair = not is_picture and add_names(raw, result, f"{provider} {event}")
    if not is_named and not is_pair:
        result.ignored[event] += 1


def add_names(raw: Mapping[str, Any], result: ProviderResult, source: str) -> bool:
    """Adds that the names of one contact or participant are one person."""
    contact = jid(first(raw, "id", "remoteJid", "JID")) or jid(raw.get("jid"))
    lid = with_server(first(raw, "lid", "LID"), "lid")
    phone = with_server(first(raw, "phoneNumber", "PhoneNumber", "pn", "jid"), "s.whatsapp.net")
    if contact is not None and not is_person(contact):
        return False
    if not is_lid(lid):
        lid = contact if is_lid(contact) else None
    if not is_phone(phone):
        phone = contact if is_phone(contact) else None
    return add_pairs(result, [lid, phone], source)


def _read_presence(
    raw: Mapping[str, Any], result: ProviderResult, provider: str, event: str
) -> None:
    # fazer-ai/baileys-api adds the other name of the chat.
    names = [jid(raw.get("id")), jid(raw.get("jidAlt"))]
    if not add_pairs(result, names, f"{provider} {event}"):
        result.ignored[event] += 1


def _read_call(raw: Mapping[str, Any], result: ProviderResult, provider: str, event: str) -> None:
    add_pairs(result, [jid(raw.get("from")), jid(raw.get("callerPn"))], f"{provider} {event}")
    result.ignored[event] += 1


_TWO_NAMES = (
    ("CallCreator", "CallCreatorAlt"),
    ("JID", "JIDAlt"),
    ("OwnerJID", "OwnerPN"),
    ("Sender", "SenderAlt"),
    ("Sender", "SenderPN"),
    ("NameSetBy", "NameSetByPN"),
    ("TopicSetBy", "TopicSetByPN"),
    ("owner", "ownerPn"),
    ("owner", "ownerAlt"),
    ("subjectOwner", "subjectOwnerPn"),
    ("subjectOwner", "subjectOwnerAlt"),
    ("descOwner", "descOwnerPn"),
    ("descOwner", "descOwnerAlt"),
    ("author", "authorPn"),
    ("author", "authorAlt"),
    ("participant", "participantPn"),
    ("participant", "participantAlt"),
)


def read_group(raw: Mapping[str, Any], result: ProviderResult, provider: str, event: str) -> None:
    """Group metadata and changes."""
    is_evidence = add_people(raw, result, f"{provider} {event}")
    is_evidence |= add_contact_names(raw, contact_address(raw), result, provider)
    if raw.get("action") == "modify" and len(people := as_list(raw.get("participants"))) == 1:
        # A participant has another number; who is the old one is told both ways.
        names = [jid(raw.get("author")), jid(mapping(people[0]).get("id") or people[0])]
        is_evidence |= add_number_change(result, names, None, f"{provider} {event} modify", None)
    if not is_evidence:
        result.ignored[event] += 1


def add_people(raw: Mapping[str, Any], result: ProviderResult, source: str) -> bool:
    """Adds that whoever an event names with two names is one person; the group is nobody."""
    pairs = [add_pairs(result, [jid(raw.get(a)), jid(raw.get(b))], source) for a, b in _TWO_NAMES]
    # participantsData: Evolution API's, beside plain participants; Requests: to join.
    for people in ("participants", "Participants", "participantsData", "Requests"):
        pairs += [add_names(member, result, source) for member in items(raw.get(people))]
    return any(pairs)


def _read_chat(raw: Mapping[str, Any], result: ProviderResult, provider: str, event: str) -> None:
    is_named = add_contact_names(raw, contact_address(raw), result, provider)
    if not add_chat(raw, result, f"{provider} {event}") and not is_named:
        result.ignored[event] += 1


# Events that say nothing about messages or people.
NOTICES = (
    "blocklist.set",
    "blocklist.update",
    "chats.delete",
    "chats.lock",
    "connection.update",
    "creds.update",
    "groups.activity",
    "labels.association",
    "labels.edit",
    "message-capping.update",
    "messages.delete",
    "messages.media-update",
    "messaging-history.status",
    "newsletter-participants.update",
    "newsletter-settings.update",
    "newsletter.reaction",
    "newsletter.view",
    "settings.update",
)


def _in_bulk(read: Reader, *, is_dated: bool = False) -> Reader:
    def read_in_bulk(
        raw: Mapping[str, Any], result: ProviderResult, provider: str, event: str
    ) -> None:
        with told_in_bulk(result, is_dated=is_dated):
            read(raw, result, provider, event)

    return read_in_bulk


READERS: dict[str, Reader] = {
    "chats.phoneNumberShare": _in_bulk(_read_pair, is_dated=True),
    "chats.update": _in_bulk(_read_chat),
    "chats.upsert": _in_bulk(_read_chat),
    "call": _read_call,
    "contacts.update": _in_bulk(_read_contact),
    "contacts.upsert": _in_bulk(_read_contact),
    "group-participants.update": read_group,
    "group.join-request": read_group,
    "group.member-tag.update": read_group,
    "groups.update": read_group,
    "groups.upsert": read_group,
    "lid-mapping.update": _in_bulk(_read_pair, is_dated=True),
    "message-receipt.update": read_receipt,
    "messages.reaction": read_reaction,
    "messages.update": read_update,
    "messaging-history.set": read_history,
    "presence.update": _read_presence,
}
