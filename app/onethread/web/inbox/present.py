"""Rows of the database as the templates show them: times, days, badges, the items of a thread."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from onethread.database.steps import Rows

_KINDS = {
    "audio": "Voice message",
    "contact": "Contact card",
    "contacts": "Contact card",
    "group_invite": "Invitation",
    "image": "Photo",
    "placeholder": "Message without its text",
    "request_welcome": "First contact",
    "unknown": "Message of an unknown kind",
    "unsupported": "Message that cannot be shown",
    "voice": "Voice message",
}
_BADGES = {
    "agent": "Agent",
    "automation": "Automation",
    "bot": "Bot",
    "business_app": "Phone",
    "gateway": "Gateway",
    "history": "History",
    "webhook": "Cloud",
}
_STATUS = {
    "queued": "Waiting to be sent",
    "sending": "Being sent",
    "sent": "Sent",
    "delivered": "Delivered",
    "read": "Read",
    "played": "Played",
    "failed": "Not delivered",
}
_NOTES = {
    "merged": "Joined: {identifier} is the same person",
    "merge undone": "Parted again: {identifier} is somebody else",
    "passed on": "{identifier} belongs to somebody else from here on",
    "conflict": "Is it the same person? {identifier}",
}
# What WhatsApp's numbers for a failure mean to whoever wrote, and whether it is worth another try.
_FAILURES = {
    "368": "WhatsApp has blocked this business number for now",
    "130429": "Too many messages at once; try again in a while",
    "130472": "WhatsApp did not deliver it: this person is in an experiment of theirs",
    "131000": "Something went wrong at WhatsApp",
    "131021": "It was written to the business's own number",
    "131026": "This number is not on WhatsApp, or its app is too old to receive it",
    "131030": "This number is not among those that a test account may write to",
    "131031": "WhatsApp has locked the business account",
    "131042": "WhatsApp wants the payment settings of the business account to be mended",
    "131045": "The business number is not registered with WhatsApp",
    "131047": "They wrote more than 24 hours ago: only an approved template reaches them",
    "131048": "WhatsApp limits this business number, because people reported its messages",
    "131049": "WhatsApp chose not to deliver it: this person gets many messages from businesses. "
    "Wait a day before another try",
    "131050": "They do not want marketing messages from the business",
    "131051": "WhatsApp does not take this kind of message",
    "131053": "WhatsApp could not take the file",
    "131056": "Too many messages to this person at once; try again in a while",
    "131057": "The business account is being maintained; try again in a while",
    "132000": "The template wants another number of values",
    "132001": "There is no such template in this language",
    "132005": "The template with its values is too long",
    "132007": "The template breaks a rule of WhatsApp's",
    "132012": "A value does not fit the template",
    "132015": "The template is paused: people did not like it",
    "132016": "The template is switched off: people did not like it",
    "133010": "The business number is not registered with WhatsApp",
}
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
        return f"{self.local(at):%H:%M}"

    def day(self, day: date) -> str:
        """Today, Yesterday, Monday, 3 March, 3 March 2025."""
        age = (self.now.date() - day).days
        if age in (0, 1):
            return ("Today", "Yesterday")[age]
        if 0 < age < 7:
            return f"{day:%A}"
        if day.year == self.now.year:
            return f"{day.day} {day:%B}"
        return f"{day.day} {day:%B} {day.year}"

    def short(self, at: datetime) -> str:
        """As in a list: 14:05 today, else the day."""
        local = self.local(at)
        if local.date() == self.now.date():
            return f"{local:%H:%M}"
        age = (self.now.date() - local.date()).days
        if age == 1:
            return "Yesterday"
        if 0 < age < 7:
            return f"{local:%a}"
        if local.year == self.now.year:
            return f"{local.day} {local:%b}"
        return f"{local:%d.%m.%Y}"

    def soon(self, at: datetime) -> str:
        """Of what is to come: today 14:05, tomorrow 09:00, else the day and the time."""
        local = self.local(at)
        days = (local.date() - self.now.date()).days
        day = {0: "today", 1: "tomorrow"}.get(days)
        return f"{day} {local:%H:%M}" if day else self.full(at)

    def full(self, at: datetime) -> str:
        """3 March 2026, 14:05."""
        local = self.local(at)
        return f"{local.day} {local:%B} {local.year}, {local:%H:%M}"


def badge(source: str | None) -> str:
    """Who or what wrote a message, in a word."""
    return _BADGES.get((source or "").lower(), (source or "").capitalize())


def is_machine(source: str | None) -> bool:
    """Whether no human wrote it."""
    return (source or "").lower() in ("bot", "automation")


def status_text(status: str | None) -> str:
    """What a tick means."""
    return _STATUS.get(status or "", (status or "").capitalize())


def failure_text(note: str | None) -> tuple[str, str]:
    """Why an answer failed: in words, and as the provider says it where that is something else."""
    found = _CODE.match(note or "")
    words = _FAILURES.get(found[1]) if found else None
    return (words, note or "") if words else (note or "", "")


def kind_text(message_kind: str | None, body: str | None) -> str:
    """What stands above a text, or in its place: Photo, Order, ...; empty for plain text."""
    if message_kind is None or message_kind == "text":
        return "" if (body or "").strip() else "Message without text"
    return _KINDS.get(message_kind, message_kind.replace("_", " ").capitalize())


def key_text(key: str) -> str:
    """An identifier_key() as people write it."""
    kind, _, value = key.split(":", 2)
    return {"lid": f"{value}@lid", "lead": f"lead {value}"}.get(kind, value)


def plain_keys(text: str) -> str:
    """A sentence of the database with its identifier keys as people write them."""
    return _KEY.sub(lambda found: key_text(found[0]), text)


def note_text(note: dict[str, Any]) -> str:
    """What happened to the identity, in a sentence."""
    known = " ".join(each for each in (note["name"], note["address"]) if each)
    return _NOTES[note["change"]].format(
        identifier=known or plain_keys(note["identifier"] or "somebody unknown")
    )


def duration(seconds: float | None) -> str:
    """45 s, 12 min, 3.5 h, 2 d."""
    if seconds is None:
        return "-"
    value = float(seconds)
    for limit, size, unit in ((60, 1, "s"), (3600, 60, "min"), (86400, 3600, "h")):
        if value < limit:
            short = f"{value / size:.1f}".rstrip("0").rstrip(".") if unit == "h" else None
            return f"{short or round(value / size)} {unit}"
    return f"{value / 86400:.1f}".rstrip("0").rstrip(".") + " d"


def open_hours(seconds: float | None) -> str:
    """45 s, 12 min, 3.5 h, 417 h: time in which somebody was there; a day of it would be no day."""
    value = float(seconds or 0)
    if value < 3600:
        return duration(seconds)
    return f"{value / 3600:.1f}".rstrip("0").rstrip(".") + " h"


def unit_of(seconds: float) -> tuple[int, str]:
    """The unit in which times up to this one are told: its length in seconds, and its name."""
    if seconds < 120:
        return 1, "s"
    return (60, "min") if seconds < 7200 else (3600, "h")


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
        name = "You" if each["actor"] == "business" else each["actor"] or "They"
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
