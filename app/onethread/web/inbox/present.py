"""Rows of the database as the templates show them: times, days, badges, the items of a thread."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from onethread.database.steps import Rows
from onethread.web.inbox.language import day_text, gettext, later, number, time_text

_KINDS = {
    "album": later("Album"),
    "audio": later("Voice message"),
    "contact": later("Contact card"),
    "contacts": later("Contact card"),
    "document": later("Document"),
    "event": later("Event"),
    "group_invite": later("Invitation"),
    "image": later("Photo"),
    "interactive": later("Answer by button"),
    "location": later("Location"),
    "order": later("Order"),
    "payment": later("Payment"),
    "placeholder": later("Message without its text"),
    "poll": later("Poll"),
    "product": later("Product"),
    "request_welcome": later("First contact"),
    "sticker": later("Sticker"),
    "template": later("Template"),
    "unknown": later("Message of an unknown kind"),
    "unsupported": later("Message that cannot be shown"),
    "video": later("Video"),
    "voice": later("Voice message"),
}
_BADGES = {
    "agent": later("Agent"),
    "automation": later("Automation"),
    "bot": later("Bot"),
    "business_app": later("Phone"),
    "gateway": later("Gateway"),
    "history": later("History"),
    "unknown": later("Unknown"),
    "webhook": later("Cloud"),
}
_STATUS = {
    "queued": later("Waiting to be sent"),
    "sending": later("Being sent"),
    "sent": later("Sent"),
    "delivered": later("Delivered"),
    "read": later("Read"),
    "played": later("Played"),
    "failed": later("Not delivered"),
}
_NOTES = {
    "merged": later("Joined: %(identifier)s is the same person"),
    "merge undone": later("Parted again: %(identifier)s is somebody else"),
    "passed on": later("%(identifier)s belongs to somebody else from here on"),
    "conflict": later("Is it the same person? %(identifier)s"),
}
# What the database calls things, where a page shows it.
_WORDS = {
    "broadcast": later("broadcast"),
    "evidence": later("evidence"),
    "group": later("group"),
    "message": later("message"),
    "merge": later("merge"),
    "newsletter": later("newsletter"),
    "other": later("other"),
    "phone": later("phone"),
}
# What WhatsApp's numbers for a failure mean to whoever wrote, and whether it is worth another try.
_FAILURES = {
    "368": later("WhatsApp has blocked this business number for now"),
    "130429": later("Too many messages at once; try again in a while"),
    "130472": later("WhatsApp did not deliver it: this person is in an experiment of theirs"),
    "131000": later("Something went wrong at WhatsApp"),
    "131021": later("It was written to the business's own number"),
    "131026": later("This number is not on WhatsApp, or its app is too old to receive it"),
    "131030": later("This number is not among those that a test account may write to"),
    "131031": later("WhatsApp has locked the business account"),
    "131042": later("WhatsApp wants the payment settings of the business account to be mended"),
    "131045": later("The business number is not registered with WhatsApp"),
    "131047": later("They wrote more than 24 hours ago: only an approved template reaches them"),
    "131048": later("WhatsApp limits this business number, because people reported its messages"),
    "131049": later(
        "WhatsApp chose not to deliver it: this person gets many messages from businesses. "
        "Wait a day before another try"
    ),
    "131050": later("They do not want marketing messages from the business"),
    "131051": later("WhatsApp does not take this kind of message"),
    "131053": later("WhatsApp could not take the file"),
    "131056": later("Too many messages to this person at once; try again in a while"),
    "131057": later("The business account is being maintained; try again in a while"),
    "132000": later("The template wants another number of values"),
    "132001": later("There is no such template in this language"),
    "132005": later("The template with its values is too long"),
    "132007": later("The template breaks a rule of WhatsApp's"),
    "132012": later("A value does not fit the template"),
    "132015": later("The template is paused: people did not like it"),
    "132016": later("The template is switched off: people did not like it"),
    "133010": later("The business number is not registered with WhatsApp"),
}
SECONDS = {"s": 1, "min": 60, "h": 3600}
_UNITS = {"s": later("%(n)s s"), "min": later("%(n)s min"), "h": later("%(n)s h")}
_CODE = re.compile(r"^(?:\d{3} )?\(?#?(\d{3,6})\b")
_KEY = re.compile(r"\b(?:phone|bsuid|lid|lead|group|broadcast|newsletter|other):[^:\s]*:\S+")

_MOST_GROUPS = 8
_MOST_NAMES = 20
_LONGEST_VOTE = 100


@dataclass(frozen=True)
class Clock:
    """The wall clock of a business."""

    zone: ZoneInfo
    now: datetime

    @classmethod
    def of(cls, time_zone: str) -> Clock:
        """UTC when the name means nothing here."""
        try:
            zone = ZoneInfo(time_zone)
        except (ZoneInfoNotFoundError, ValueError):
            zone = ZoneInfo("UTC")
        return cls(zone, datetime.now(zone))

    def local(self, at: datetime) -> datetime:
        """The moment on this clock; the ends of time stay where they are."""
        try:
            return at.astimezone(self.zone)
        except OverflowError:
            return at

    def time(self, at: datetime) -> str:
        """14:05."""
        return time_text(self.local(at).timetz())

    def day(self, day: date) -> str:
        """Today, Yesterday, Monday, 3 March, 3 March 2025."""
        age = (self.now.date() - day).days
        if age == 0:
            return gettext("Today")
        return self._past(day, age, "EEEE", "MMMMd", "long")

    def short(self, at: datetime) -> str:
        """As in a list: 14:05 today, else the day."""
        day = self.local(at).date()
        age = (self.now.date() - day).days
        return self.time(at) if age == 0 else self._past(day, age, "EEE", "MMMd", "yMd")

    def _past(self, day: date, age: int, of_week: str, of_year: str, full: str) -> str:
        if age == 1:
            return gettext("Yesterday")
        if 0 < age < 7:
            return day_text(day, of_week)
        return day_text(day, of_year if day.year == self.now.year else full)

    def soon(self, at: datetime) -> str:
        """Of what is to come: today 14:05, tomorrow 09:00, else the day and the time."""
        days = (self.local(at).date() - self.now.date()).days
        if days == 0:
            return gettext("today %(time)s", time=self.time(at))
        return gettext("tomorrow %(time)s", time=self.time(at)) if days == 1 else self.full(at)

    def full(self, at: datetime) -> str:
        """3 March 2026, 14:05."""
        return f"{day_text(self.local(at).date(), 'long')}, {self.time(at)}"


def word(name: str) -> str:
    """What the database calls something, in the reader's language."""
    return gettext(_WORDS[name]) if name in _WORDS else name


def badge(source: str | None) -> str:
    """Who or what wrote a message, in a word."""
    name = (source or "").lower()
    return gettext(_BADGES[name]) if name in _BADGES else name.capitalize()


def is_machine(source: str | None) -> bool:
    """Whether no human wrote it."""
    return (source or "").lower() in ("bot", "automation")


def status_text(status: str | None) -> str:
    """What a tick means."""
    name = status or ""
    return gettext(_STATUS[name]) if name in _STATUS else name.capitalize()


def failure_text(note: str | None) -> tuple[str, str]:
    """Why an answer failed: in words, and as the provider says it where that is something else."""
    found = _CODE.match(note or "")
    words = _FAILURES.get(found[1]) if found else None
    return (gettext(words), note or "") if words else (note or "", "")


def kind_text(message_kind: str | None, body: str | None, direction: str | None) -> str:
    """What stands above a text, or in its place: Photo, Order, ...; empty for plain text."""
    if message_kind is None or message_kind == "text":
        return "" if (body or "").strip() else gettext("Message without text")
    if message_kind == "interactive" and direction == "outbound":
        return gettext("Message with buttons")
    known = _KINDS.get(message_kind)
    return gettext(known) if known else message_kind.replace("_", " ").capitalize()


def key_text(key: str) -> str:
    """An identifier_key() as people write it."""
    kind, _, value = key.split(":", 2)
    return {"lid": f"{value}@lid", "lead": gettext("lead %(id)s", id=value)}.get(kind, value)


def plain_keys(text: str) -> str:
    """A sentence of the database with its identifier keys as people write them."""
    return _KEY.sub(lambda found: key_text(found[0]), text)


def note_text(note: dict[str, Any]) -> str:
    """What happened to the identity, in a sentence."""
    known = " ".join(each for each in (note["name"], note["address"]) if each)
    identifier = known or plain_keys(note["identifier"] or gettext("somebody unknown"))
    return gettext(_NOTES[note["change"]], identifier=identifier)


def open_hours(seconds: float | None) -> str:
    """45 s, 12 min, 3.5 h, 417 h: time in which somebody was there; a day of it would be no day."""
    value = float(seconds or 0)
    unit = "s" if value < 60 else "min" if value < 3600 else "h"
    return in_unit(value / SECONDS[unit], unit, 1 if unit == "h" else 0)


def in_unit(value: float, unit: str, digits: int = 2) -> str:
    """12 min."""
    return gettext(_UNITS[unit], n=number(value, digits))


def unit_of(seconds: float) -> str:
    """The unit in which times up to this one are told: s, min, h."""
    if seconds < 120:
        return "s"
    return "min" if seconds < 7200 else "h"


def initials(title: str | None) -> str:
    """One or two letters for the round picture; # for a number."""
    words = [word for word in (title or "").split() if word[0].isalpha()]
    if not words:
        return "#"
    return (words[0][0] + (words[-1][0] if len(words) > 1 else "")).upper()


def hue(conversation_id: int) -> int:
    """One of eight colours, always the same for a conversation."""
    return conversation_id % 8


def reaction_groups(reactions: Rows) -> tuple[list[dict[str, Any]], int]:
    """What was reacted with or voted for, how often and by whom, the most frequent first; and how
    many are left out."""
    actors: dict[str, list[str]] = {}
    for each in reactions:
        text = each.get("emoji") or each["vote"][:_LONGEST_VOTE]
        name = gettext("You") if each["actor"] == "business" else each["actor"] or gettext("They")
        actors.setdefault(text, []).append(name)
    frequent = sorted(actors.items(), key=lambda item: -len(item[1]))[:_MOST_GROUPS]
    groups = [
        {"text": text, "count": len(names), "names": ", ".join(names[:_MOST_NAMES])}
        for text, names in frequent
    ]
    return groups, len(reactions) - sum(len(names) for _, names in frequent)


def thread_items(
    messages: Rows, notes: Rows, first_unread: int | None, clock: Clock
) -> list[dict[str, Any]]:
    """The messages and notes of a page with a line at each new day and where the unread begin,
    oldest first.

    Args:
        messages: newest first.
    """
    entries: list[tuple[datetime, int, dict[str, Any]]] = [
        (message["sent_at"], 1, {"type": "message", "message": message})
        for message in reversed(messages)
    ]
    entries += [(note["changed_at"], 0, {"type": "note", "note": note}) for note in notes]
    entries.sort(key=lambda entry: entry[:2])  # of one time: as they stand in the thread
    items: list[dict[str, Any]] = []
    day = None
    for at, _, item in entries:
        if clock.local(at).date() != day:
            day = clock.local(at).date()
            items.append({"type": "day", "day": day})
        if first_unread is not None and item.get("message", {}).get("id") == first_unread:
            items.append({"type": "unread"})
        items.append(item)
    return items
