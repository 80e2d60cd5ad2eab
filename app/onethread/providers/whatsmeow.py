"""whatsmeow's events as JSON, bare or in the envelopes that programs put round them.

The Go structs are written as they are: Info {Chat, Sender, SenderAlt, RecipientAlt, IsFromMe, ID,
Timestamp, ...} with Message, receipts with MessageIDs, history as the protobuf.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from onethread.errors import PayloadError
from onethread.model.message_event import MessageEvent
from onethread.providers.addresses import (
    STORIES,
    add_pairs,
    direction,
    is_person,
    jid,
    server_of,
    told_in_bulk,
    without_own,
)
from onethread.providers.baileys_content import read_content
from onethread.providers.baileys_events import add_names, add_people
from onethread.providers.baileys_history import read_history
from onethread.providers.baileys_key import Key, is_same_name
from onethread.providers.baileys_message import Carrier, add_content, add_placeholder
from onethread.providers.names import add_contact_names
from onethread.providers.result import ProviderResult, first, identifier, items, mapping, time_of

_RECEIPTS = {"": "delivered", "inactive": "delivered", "read": "read", "played": "played"}
_OWN_RECEIPTS = {"read-self": "read", "played-self": "played"}
_ENVELOPES = ("event", "data", "evt", "payload", "rawEvent")
# Events that say nothing about messages or people.
_NOTICE_NAMES = """
AppState AppStateSyncComplete AppStateSyncError Archive Blocklist BusinessName CallAccept
CallOffer CallOfferNotice CallPreAccept CallReject CallRelayLatency CallTerminate CallTransport
CATRefreshError ChatPresence ClearChat ClientOutdated ConnectFailure Connected DeleteChat
DeleteForMe Disconnected GroupInfo IdentityChange JoinedGroup KeepAliveRestored KeepAliveTimeout
LabelAssociationChat LabelAssociationMessage LabelEdit LoggedOut ManualLoginReconnect
MarkChatAsRead MediaRetry MediaRetryError Mute NewsletterJoin NewsletterLeave
NewsletterLiveUpdate NewsletterMuteChange NotifyAccountReachoutTimelock OfflineSyncCompleted
OfflineSyncPreview PairError PairPasskeyConfirmation PairPasskeyError PairPasskeyRequest
PairSuccess Picture Pin Presence PrivacySettings PushName PushNameSetting QR
QRScannedWithoutMultidevice Star StreamError StreamReplaced TemporaryBan UnarchiveChatsSetting
UnknownCallEvent UserAbout UserStatusMute
"""
_NOTICES = frozenset(_NOTICE_NAMES.split())


def read_payload(payload: Any) -> ProviderResult:
    """Reads one event: a message, a receipt, a history sync, or what names a person twice.

    Raises:
        PayloadError: it is none that whatsmeow has.
    """
    if not isinstance(payload, Mapping):
        raise PayloadError("not a whatsmeow event: it is not a JSON object")
    name, event = _unwrap(payload)
    result = ProviderResult()
    if "Info" in event:
        is_unreadable = name == "UndecryptableMessage" or "DecryptFailMode" in event
        read_info(event, result, "whatsmeow", is_unreadable=is_unreadable)
    elif "MessageIDs" in event:
        _read_receipt(event, result)
    elif isinstance(event.get("Data"), Mapping) and "conversations" in event["Data"]:
        read_history(event["Data"], result, "whatsmeow", "HistorySync")
    elif "JID" in event and "Action" in event:
        _read_contact(event, result, name or "Contact")
    elif not any(
        (
            add_people(event, result, f"whatsmeow {name or 'event'}"),
            add_contact_names(event, jid(event.get("JID")), result, "whatsmeow"),
        )
    ):
        if name is None:
            raise PayloadError(
                "not a whatsmeow event: there is no 'Info', 'MessageIDs' or event name"
            )
        result.count(name, _NOTICES, event)
    result.count_if_empty(name or "event")
    return result


def _unwrap(payload: Mapping[str, Any]) -> tuple[str | None, Mapping[str, Any]]:
    """(name, event): the innermost object, however many envelopes there are."""
    name = None
    event = payload
    for _ in range(4):
        if "Info" in event or "MessageIDs" in event:
            break
        names = (identifier(event.get(field)) for field in ("event_type", "event", "type"))
        name = next(filter(None, names), name)
        inner = next(
            (event[field] for field in _ENVELOPES if isinstance(event.get(field), Mapping)), None
        )
        if inner is None:
            break
        event = inner
    # The name of the Go type, with or without its package.
    return name.rpartition(".")[2] if name else None, event


def read_info(
    event: Mapping[str, Any],
    result: ProviderResult,
    provider: str,
    message_id: str | None = None,
    own: tuple[str | None, ...] = (),
    *,
    is_unreadable: bool = False,
) -> None:
    """Adds what one events.Message {Info, Message} says; or that it is there (is_unreadable)."""
    info = mapping(event.get("Info"))
    carrier = Carrier(
        key=read_source(info, message_id, own),
        provider=provider,
        event="Message",
        sent_at=time_of(info.get("Timestamp")),
        raw=event,
        sender_name=None if info.get("IsFromMe") is True else identifier(info.get("PushName")),
        is_target_key_ours=False,
    )
    for receiver in items(info.get("BroadcastRecipients")):
        names = [jid(receiver.get("LID")), jid(receiver.get("PN"))]
        add_pairs(result, names, f"{provider} BroadcastRecipients", carrier.sent_at)
    if is_unreadable:
        add_placeholder(carrier, result, is_view_once=event.get("UnavailableType") == "view_once")
    else:
        add_content(read_content(event.get("Message")), carrier, result)


def read_source(
    info: Mapping[str, Any], message_id: str | None = None, own: tuple[str | None, ...] = ()
) -> Key:
    """The parties of a message by its MessageSource.

    IsGroup is true for broadcast lists as well: the server of the chat decides. Go writes the
    fields of MessageSource beside the others; some programs leave them nested.
    """
    info = {**info, **mapping(info.get("MessageSource"))}
    chat, sender = jid(info.get("Chat")), jid(info.get("Sender"))
    message_id = message_id or identifier(info.get("ID"))
    is_from_me = info.get("IsFromMe") is True
    server = server_of(chat)
    if is_from_me:
        recipient = jid(info.get("RecipientAlt")) if is_person(chat) else None
        return Key(message_id, True, chat, _aliases([recipient], chat, own))
    aliases = _aliases([jid(info.get("SenderAlt"))], sender, own)
    if server == "broadcast" and chat != STORIES and sender:
        # A message to a broadcast list reaches its receiver as a message from the sender.
        return Key(message_id, False, sender, aliases, list_address=chat)
    if server in ("g.us", "broadcast"):
        return Key(message_id, False, chat, aliases, sender)
    if not is_person(chat):
        return Key(message_id, False, chat or sender)
    return Key(message_id, False, chat, _aliases([sender, *aliases], chat, own))


def _aliases(
    names: list[str | None], address: str | None, own: tuple[str | None, ...]
) -> list[str]:
    return [
        name
        for name in without_own(names, own)
        if is_person(name) and not is_same_name(name, address)
    ]


def _read_receipt(event: Mapping[str, Any], result: ProviderResult) -> None:
    """A receipt: Sender is who has read, Chat the conversation."""
    receipt_type = event.get("Type") or ""
    receipt_type = receipt_type if isinstance(receipt_type, str) else "unknown"
    key = read_source(event)
    is_from_me = key.is_from_me or receipt_type in _OWN_RECEIPTS
    kind = (_OWN_RECEIPTS if is_from_me else _RECEIPTS).get(receipt_type)
    is_evidence = key.add_evidence(result, "whatsmeow Receipt", time_of(event.get("Timestamp")))
    ids = event.get("MessageIDs")
    for message_id in ids if isinstance(ids, list) else [ids]:
        name = identifier(message_id)
        if kind is None or name is None:
            result.ignored["Receipt"] += 1
            continue
        result.events.append(
            MessageEvent(
                kind=kind,
                provider_message_id=name,
                address=key.address,
                target_direction=direction(not is_from_me),
                actor=key.participant,
                is_from_business=is_from_me,
                provider="whatsmeow",
                occurred_at=time_of(event.get("Timestamp")),
                payload=dict(event),
            )
        )
    if ids == [] and not is_evidence:
        result.ignored["Receipt"] += 1


def _read_contact(event: Mapping[str, Any], result: ProviderResult, name: str) -> None:
    """A contact of the address book: {JID, Action: {lidJID, pnJID, ...}}."""
    action = mapping(event.get("Action"))
    raw = {
        "id": event.get("JID"),
        "lid": first(action, "lidJID", "lidJid"),
        "pn": first(action, "pnJID", "pnJid"),
    }
    with told_in_bulk(result):
        is_known = add_names(raw, result, f"whatsmeow {name}")
    is_named = add_contact_names(action, jid(event.get("JID")), result, "whatsmeow")
    if not is_known and not is_named:
        result.ignored[name] += 1
