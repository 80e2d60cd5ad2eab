"""WhatsApp Cloud API webhooks (Meta), and its answer to a send.

One POST holds several entries, each several changes, each several messages. Contacts are matched
to messages by id, never by position. A username is no identifier.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from onethread.errors import PayloadError
from onethread.model.contact_name import BOOK, ContactName
from onethread.model.message import PLACEHOLDER, UNSUPPORTED, Message
from onethread.model.message_event import MessageEvent
from onethread.providers.addresses import (
    add_pairs,
    direction,
    is_same_number,
    told_in_bulk,
    wa_id,
    with_server,
)
from onethread.providers.meta_cloud_change import Change
from onethread.providers.meta_cloud_content import read_content
from onethread.providers.meta_cloud_notices import read_call, read_send_response, read_system
from onethread.providers.names import add_name
from onethread.providers.result import (
    ProviderResult,
    first,
    holds_messages,
    identifier,
    items,
    mapping,
    text,
    time_of,
)

_STATUSES = ("sent", "delivered", "read", "played", "failed")
# Statuses of calls and of messages that are none of the above.
_OTHER_STATUSES = ("accepted", "deleted", "pending", "rejected", "ringing", "warning")
# Types that name what is not there; "unknown" and "errors" are older names of unsupported.
_KINDS = {"media_placeholder": PLACEHOLDER, "unknown": UNSUPPORTED, "errors": UNSUPPORTED}
_LISTS = ("messages", "message_echoes", "statuses", "history", "state_sync", "calls", "groups")
_ECHOES = ("smb_message_echoes", "message_echoes")
# Lists of a value that say nothing about messages or people.
_OBJECTS = ("bans", "restriction_info", "violation_info")
_COUNTED = ("errors", "user_preferences")
# One of them is in whatever a webhook says of a message, a status, a call or a group.
_TOLD_OF_A_ROW = frozenset(
    ("from", "from_user_id", "recipient_id", "recipient_user_id", "threads", "timestamp", "type")
)
# The second is in Meta's own example of the first (docs of groups).
_PARTICIPANT = ("recipient_participant_id", "participant_recipient_id")
# Statuses of something that was sent with a message: of the payment, of the call.
_OTHER_TYPES = ("call", "payment")
# Fields of the subscription that are about the business, its templates and numbers.
_FIELDS = (
    "account_alerts",
    "account_review_update",
    "account_settings_update",
    "account_update",
    "automatic_events",
    "business_capability_update",
    "business_status_update",
    "business_username_update",
    "flows",
    "history",
    "message_template_components_update",
    "message_template_quality_update",
    "message_template_status_update",
    "messaging_handovers",
    "partner_solutions",
    "payment_configuration_update",
    "phone_number_name_update",
    "phone_number_quality_update",
    "security",
    "template_category_update",
    "template_correct_category_detection",
    "tracking_events",
    "user_preferences",
)


def read_payload(payload: Any) -> ProviderResult:
    """Reads one webhook POST body, or the HTTP answer to a send.

    Raises:
        PayloadError: it is neither.
    """
    result = ProviderResult()
    if isinstance(payload, Mapping) and isinstance(payload.get("entry"), list):
        for entry in result.objects(payload["entry"]):
            for change in result.objects(entry.get("changes")):
                _read_change(change, result)
    elif isinstance(payload, Mapping) and "messaging_product" in mapping(payload.get("data")):
        # 360dialog's, of the history of a business app.
        _read_change({"field": payload.get("event"), "value": payload["data"]}, result)
    elif isinstance(payload, Mapping) and isinstance(payload.get("value"), Mapping):
        _read_change(payload, result)  # as the test button of Meta's dashboard shows it
    elif isinstance(payload, Mapping) and _is_value(payload):
        # n8n's trigger hands it over so, 360dialog, and the older API.
        _read_change({"field": payload.get("field"), "value": payload}, result)
    elif isinstance(payload, Mapping) and _is_send_response(payload):
        read_send_response(payload, result)
    else:
        raise PayloadError("not a Cloud API webhook: there is no list 'entry'")
    result.count_if_empty("empty")
    return result


def _is_value(payload: Mapping[str, Any]) -> bool:
    """What is in a change, without it. The answer to a send names no number of ours, and of a
    message only the id."""
    if isinstance(payload.get("metadata"), Mapping) or isinstance(payload.get("field"), str):
        return True
    rows = [row for name in _LISTS for row in items(payload.get(name))]
    contacts = items(payload.get("contacts"))
    return any(not _TOLD_OF_A_ROW.isdisjoint(row) for row in rows) or any(
        "profile" in contact for contact in contacts
    )


def _is_send_response(payload: Mapping[str, Any]) -> bool:
    return payload.get("messaging_product") == "whatsapp" or bool(items(payload.get("contacts")))


def _read_change(raw: Mapping[str, Any], result: ProviderResult) -> None:
    value = mapping(raw.get("value"))
    field = identifier(raw.get("field")) or "change"
    if standby := mapping(value.get("standby")):
        # While Meta's Business Agent has the conversation, all of it comes one level deeper.
        value = {**{name: value[name] for name in value if name != "standby"}, **standby}
    change = Change.read(field, value, result)
    for message in result.objects(value.get("messages")):
        # Of either side: the files of the past beside its threads, echoes that a relay sends here.
        is_echo = field in _ECHOES or change.is_own(identifier(message.get("from")))
        _read_message(message, is_echo, change)
    for message in result.objects(value.get("message_echoes")):
        _read_message(_flat_echo(message), True, change)
    for status in result.objects(value.get("statuses")):
        _read_status(status, change)
    for history in result.objects(value.get("history")):
        _read_history(history, change)
    for sync in result.objects(value.get("state_sync")):
        _read_state_sync(sync, change)
    for call in result.objects(value.get("calls")):
        read_call(call, change)
    for group in result.objects(value.get("groups")):
        if not change.add_group_people(group):
            result.ignored[field] += 1
    for name in _COUNTED:
        for _ in items(value.get(name)):
            result.count(name, _FIELDS)
    change.add_remaining_contacts()
    known = (*_LISTS, *_COUNTED, "contacts")
    others = {name: part for name, part in {**raw, **value}.items() if name not in known}
    _count_unknown(others, _OBJECTS, field, result)
    if holds_messages({name: others[name] for name in others if name != "value"}):
        result.unopened[field] += 1
    elif not any(value.get(name) for name in known):
        # What an agent that hands over says about the conversation is kept.
        is_told = "conversation_context" in mapping(value.get("control_passed"))
        result.count(field, () if is_told else _FIELDS)


def _flat_echo(echo: Mapping[str, Any]) -> Mapping[str, Any]:
    """The agent's echoes have what was sent as the request to send it, and beside it how a template
    or a Flow that it names is defined."""
    request = mapping(echo.get("message"))
    if "type" in echo or not request:
        return echo
    flat = {**echo, **request}
    del flat["message"]
    template = mapping(request.get("template"))
    if defined := items(mapping(echo.get("template")).get("components")):
        components = [*defined, *items(template.get("components"))]
        flat["template"] = {**template, "components": components}
    return flat


def _read_message(message: Mapping[str, Any], is_echo: bool, change: Change) -> None:
    kind = identifier(message.get("type")) or "unknown"
    if kind == "system":
        read_system(message, change)
        return
    person = _echo_person(message, change) if is_echo else _sender(message)
    if kind in ("reaction", "edit", "revoke"):
        _read_event(message, kind, is_echo, person, change)
    else:
        _add_message(message, kind, is_echo, person, change)


def _sender(message: Mapping[str, Any]) -> list[str | None]:
    names = ("from", "from_user_id", "from_parent_user_id", "user_id")
    return [identifier(message.get(name)) for name in names]


def _echo_person(message: Mapping[str, Any], change: Change) -> list[str | None]:
    """The customer of an echo. Echoes have been seen with the two sides exchanged; the field they
    come in tells the direction."""
    phones = [identifier(message.get(name)) for name in ("to", "from")]
    phone = phones[0]
    if phone is None or change.is_own(phone):
        # Without `to`, `from` is the business, known by its number or not.
        is_exchanged = change.own is not None and phones[1] and not change.is_own(phones[1])
        phone = phones[1] if is_exchanged else None
    names = ("to_user_id", "to_parent_user_id", "recipient")
    return [phone, *(identifier(message.get(name)) for name in names)]


def _add_message(
    message: Mapping[str, Any],
    kind: str,
    is_outbound: bool,
    person: list[str | None],
    change: Change,
    source: str | None = None,
) -> None:
    contact, names = change.match(person)
    shared, is_attested = _shared_phone(message, kind, change)
    if shared and is_attested:
        names = list(dict.fromkeys([*names, shared]))
    group = _group(message.get("group_id"))
    address = group or (names[0] if names else None)
    participant = names[0] if group and names and not is_outbound else None
    sent_at = time_of(message.get("timestamp"))
    aliases = names[1:] if not (group and is_outbound) else []
    if group:
        change.add_evidence(names, f"{kind} in a group", sent_at)
    if shared and names and not is_attested:
        pair = [wa_id(names[0]), shared]
        add_pairs(change.result, pair, "meta_cloud contact card", sent_at, "claimed")
    profile_name = identifier(mapping(contact.get("profile")).get("name"))
    people = names if not group or participant else []
    change.add_names(contact, people, sent_at, is_shown=not is_outbound)
    shown = read_content(message, kind)
    change.result.messages.append(
        Message(
            direction=direction(is_outbound),
            from_number=change.own or identifier(message.get("from")) if is_outbound else address,
            # Alone, it would be taken for the counterpart.
            to_number=address if is_outbound else (change.own if address else None),
            contact_aliases=aliases or None,
            participant=participant,
            sender_name=None if is_outbound else profile_name,
            source=source or (change.echo_source if is_outbound else "webhook"),
            kind=_KINDS.get(kind, kind),
            body=shown.body,
            media=shown.media,
            provider="meta_cloud",
            provider_message_id=text(message.get("id")),
            reply_to=identifier(mapping(message.get("context")).get("id")),
            sent_at=sent_at,
            payload=dict(message),
        )
    )


def _group(value: Any) -> str | None:
    """A group's id. Its digits are a group's too, never a phone."""
    return with_server(value, "g.us")


def _shared_phone(message: Mapping[str, Any], kind: str, change: Change) -> tuple[str | None, bool]:
    """(phone, is_attested): what the sender shared of himself by the request button.

    Attested is the wa_id that Meta puts there when the card answers a request of ours; a typed
    number, or a card that answers nothing, may be anybody's. Any other shared contact says nothing
    about the sender.
    """
    cards = items(message.get("contacts")) if kind == "contacts" else []
    if len(cards) != 1 or cards[0].get("origin") != "contact_request":
        return None, False
    phones = items(cards[0].get("phones"))
    known = {number for phone in phones if (number := wa_id(phone.get("wa_id")))}
    typed = {number for phone in phones if (number := _typed(phone.get("phone")))}
    numbers = sorted(known or typed)
    if len(numbers) != 1:
        return None, False
    is_answer = change.is_own(identifier(mapping(message.get("context")).get("from")))
    return numbers[0], bool(known) and is_answer


def _typed(phone: Any) -> str | None:
    number = identifier(phone)
    return wa_id(number) if number and number.strip().startswith("+") else None


def _read_event(
    message: Mapping[str, Any],
    kind: str,
    is_echo: bool,
    person: list[str | None],
    change: Change,
) -> None:
    content = mapping(message.get(kind))
    target = text(content.get("message_id" if kind == "reaction" else "original_message_id"))
    time = time_of(message.get("timestamp"))
    _, names = change.match(person)
    change.add_evidence(names, kind, time)
    if target is None:
        change.result.unread[kind] += 1
        return
    edited = mapping(content.get("message"))
    edited_kind = identifier(edited.get("type")) or "text"
    group = _group(message.get("group_id"))
    event_id = text(message.get("id"))
    change.result.events.append(
        MessageEvent(
            kind={"edit": "edited", "revoke": "revoked"}.get(kind, "reaction"),
            provider_message_id=target,
            address=group or (names[0] if names else None),
            # Whoever edits or deletes wrote it, but for a delete in a group; a reaction may be to
            # either side's message.
            target_direction=None
            if kind == "reaction" or (group and kind == "revoke")
            else direction(is_echo),
            actor=names[0] if group and names and not is_echo else None,
            is_from_business=is_echo,
            body=read_content(edited, edited_kind).body
            if kind == "edit"
            else text(content.get("emoji")),
            provider="meta_cloud",
            provider_event_id=event_id if event_id != target else None,
            occurred_at=time,
            payload=dict(message),
        )
    )


def _read_status(status: Mapping[str, Any], change: Change) -> None:
    kind = identifier(status.get("status")) or "unknown"
    time = time_of(status.get("timestamp"))
    is_group = status.get("recipient_type") == "group"
    prefix = "recipient_participant" if is_group else "recipient"
    parents = (f"{prefix}_parent_user_id", "parent_recipient_user_id")  # the name until May 2026
    person = [
        identifier(first(status, *(_PARTICIPANT if is_group else ("recipient_id",)))),
        identifier(status.get(f"{prefix}_user_id")),
        next(filter(None, (identifier(status.get(name)) for name in parents)), None),
    ]
    contact, names = change.match(person)
    change.add_names(contact, names, time)
    change.add_evidence(names, "status", time)
    message_id = text(status.get("id"))
    result = change.result
    about = identifier(status.get("type")) or "message"
    if about != "message":  # a payment that fails leaves the message delivered
        (result.ignored if about in _OTHER_TYPES else result.unread)[f"{about} status"] += 1
        return
    if kind not in _STATUSES or message_id is None:
        counter = result.ignored if kind.lower() in _OTHER_STATUSES else result.unread
        counter[f"status {kind}"] += 1
        return
    told_by_business = kind in ("sent", "failed")
    group = _group(status.get("recipient_id")) if is_group else None
    change.result.events.append(
        MessageEvent(
            kind=kind,
            provider_message_id=message_id,
            address=group or (names[0] if names else None),
            target_direction="outbound",
            actor=names[0] if group and names and not told_by_business else None,
            is_from_business=told_by_business,
            body=_reason(status) if kind == "failed" else None,
            provider="meta_cloud",
            occurred_at=time,
            payload=dict(status),
        )
    )


def _reason(status: Mapping[str, Any]) -> str | None:
    errors = items(status.get("errors"))
    error = errors[0] if errors else {}
    words = (text(error.get(name)) for name in ("code", "title"))
    return ": ".join(filter(None, words)) or None


def _count_unknown(
    value: Mapping[str, Any], known: tuple[str, ...], name: str, result: ProviderResult
) -> None:
    """Lists that nobody knows are unread."""
    for field, part in value.items():
        if field not in known and items(part):
            result.unread[f"{name} {field}"] += 1


def _read_history(history: Mapping[str, Any], change: Change) -> None:
    """A chunk of the past: threads of a person each, with messages of both sides."""
    result = change.result
    if errors := items(history.get("errors")):
        result.unread["history error"] += len(errors)
    _count_unknown(history, ("errors", "threads"), "history", result)
    for thread in result.objects(history.get("threads")):
        _count_unknown(thread, ("messages",), "history thread", result)
        context = mapping(thread.get("context"))
        names = [thread.get("id"), context.get("wa_id"), context.get("user_id")]
        person = [*map(identifier, names), identifier(context.get("parent_user_id"))]
        messages = result.objects(thread.get("messages"))
        for message in messages:
            _read_past_message(message, person, change)
        if not messages:
            with told_in_bulk(result):
                change.add_evidence(change.match(person)[1], "history", None)


def _read_past_message(
    message: Mapping[str, Any], person: list[str | None], change: Change
) -> None:
    kind = identifier(message.get("type")) or "unknown"
    sender = identifier(message.get("from"))
    if change.own is not None:
        is_outbound = change.is_own(sender)
    else:
        is_outbound = sender is not None and not any(
            sender == name or is_same_number(sender, name) for name in person
        )
    if kind == "system":
        read_system(message, change)
    elif kind in ("reaction", "edit", "revoke"):
        _read_event(message, kind, is_outbound, person, change)
    else:
        _add_message(message, kind, is_outbound, person, change, source="history")
        if is_outbound:
            _add_past_status(message, person, change)


def _add_past_status(message: Mapping[str, Any], person: list[str | None], change: Change) -> None:
    """How far a message of the past had come; nobody says when."""
    status = (identifier(mapping(message.get("history_context")).get("status")) or "").lower()
    message_id = text(message.get("id"))
    if status == "error":
        status = "failed"
    if status not in _STATUSES or message_id is None:
        return
    _, names = change.match(person)
    told_by_business = status in ("sent", "failed")
    change.result.events.append(
        MessageEvent(
            kind=status,
            provider_message_id=message_id,
            address=names[0] if names else None,
            target_direction="outbound",
            is_from_business=told_by_business,
            provider="meta_cloud",
            payload=dict(message),
        )
    )


def _read_state_sync(sync: Mapping[str, Any], change: Change) -> None:
    """A contact of the business app's address book."""
    contact = mapping(sync.get("contact"))
    names = [contact.get("phone_number"), contact.get("user_id"), contact.get("parent_user_id")]
    with told_in_bulk(change.result):
        # Its time is that of the entry in the address book.
        is_pair = change.add_evidence([*map(identifier, names)], "state_sync", None)
    address = next(filter(wa_id, map(identifier, names)), None)
    full = contact.get("full_name") or contact.get("first_name")
    is_named = add_name(change.result, address, BOOK, full, "meta_cloud")
    if sync.get("action") == "remove" and address:
        change.result.names.append(
            ContactName(address=address, source=BOOK, name="", provider="meta_cloud")
        )
    elif not is_named and not is_pair:
        change.result.ignored["state_sync"] += 1
