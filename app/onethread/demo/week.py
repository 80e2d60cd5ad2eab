"""A week at a clinic: who wrote, in which language, what was answered, and by whom.

Times are so many days before today with a time of the day, or so many minutes before now.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import psycopg

from onethread.messages.write import insert_events, insert_evidence, insert_messages, insert_names
from onethread.model.contact_name import SUBJECT, ContactName
from onethread.model.evidence import Evidence
from onethread.model.message import Message
from onethread.model.message_event import MessageEvent

TIME_ZONE = "Asia/Jerusalem"
PREFIX = "week-"
OWN = "97237654321"

_When = str | int
_SOURCES = {"auto": "automation", "phone": "business_app"}
_PLACE = {
    "latitude": 32.0873, "longitude": 34.8022, "name": "Parking",
    "map_url": "https://maps.google.com/?q=32.0873,34.8022",
}  # fmt: skip


@dataclass(frozen=True)
class _Person:
    address: str
    name: str
    lines: tuple[tuple[Any, ...], ...]
    """(when, who, text) and, where it is more than a text, what it is besides."""
    is_cloud: bool = True
    """Through the Cloud API; else through a linked device."""


def _file(kind: str, media_id: str, **media: Any) -> dict[str, Any]:
    return {"kind": kind, "media": {"id": media_id, **media}}


_PEOPLE = (
    _Person("972541110101", "Yael Amar", (
        ("5 09:12", "in", "Good morning, do you have anything for a check-up this week?"),
        ("5 09:12", "bot", "Good morning! Tuesday 10:30 or Thursday 16:00?"),
        ("5 09:20", "in", "Thursday please"),
        ("5 09:20", "bot", "Booked: Thursday at 16:00 with Dr. Raz. See you then!"),
        ("2 08:00", "auto", "Reminder: your appointment is today at 16:00."),
        ("2 08:31", "in", "👍"),
        (26, "in", "Hi, this is the referral from my GP", _file("image", "demo-referral")),
        (24, "in", "", _file("voice", "demo-voice")),
        (23, "in", "Is that enough, or do you need the original?"),
    )),
    _Person("972541110102", "אבי מזרחי", (
        ("3 11:02", "in", "שלום, אפשר לקבל את תוצאות הבדיקה?"),
        ("3 11:02", "bot", "שלום אבי, התוצאות יהיו מוכנות מחר בבוקר."),
        ("1 09:40", "agent", "בוקר טוב אבי, מצורפות התוצאות. הכול תקין.",
         _file("document", "demo-result", filename="תוצאות בדיקה.pdf")),
        ("1 09:55", "in", "תודה רבה!"),
        (8, "in", "עוד שאלה: מתי לחזור על הבדיקה?"),
    )),
    _Person("5511987650101", "João Pereira", (
        ("4 15:10", "in", "Boa tarde! Vocês atendem em português?"),
        ("4 15:14", "agent", "Boa tarde, João! Sim, a Dra. Marina atende em português às quartas."),
        ("4 15:20", "in", "Perfeito. Quero marcar para quarta às 11h."),
        ("4 15:22", "agent", "Marcado: quarta às 11h, com a Dra. Marina."),
        ("1 10:31", "in", "Cheguei, onde posso estacionar?"),
        ("1 10:33", "agent", "Aqui, ao lado da entrada:\nParking\nhttps://maps.google.com/?q=32.0873,34.8022",
         {"kind": "location", "media": _PLACE}),
        (95, "in", "Recebi a receita, obrigado! Tem também em https://farmacia.example/receitas ?"),
    )),
    _Person("972541110103", "Noa Peretz", (
        ("6 12:00", "in", "Can I change my address in your records?"),
        ("6 12:01", "bot", "Of course. What is the new one?"),
        ("6 12:04", "in", "12 Herzl Street, Haifa"),
        ("6 12:05", "agent", "Done, thank you Noa."),
    )),
    _Person("972541110104", "מיכל לוי", (
        ("2 18:45", "in", "היי, כואבת לי השן מאוד 😣 יש תור דחוף?"),
        ("2 18:45", "bot", "מיכל, יש תור פנוי מחר ב-8:15. לקבוע?"),
        ("2 18:47", "in", "כן!!"),
        ("2 18:47", "bot", "נקבע: מחר ב-8:15."),
        ("1 12:30", "in", "תודה, הכאב עבר", {"reply": 3}),
        ("1 12:41", "phone", "שמחים לשמוע! רפואה שלמה"),
    )),
    _Person("447400123456", "Emma Clarke", (
        ("6 10:00", "in", "Hello, I am moving to Tel Aviv in January. Do you take new patients?"),
        ("6 10:08", "agent", "Hello Emma, we do. Could you send us your medical summary?"),
        ("5 08:15", "in", "Here it is", _file("document", "demo-result", filename="summary.pdf")),
        ("5 09:01", "agent", "Thank you. Dr. Raz will look at it this week."),
        ("1 09:00", "auto", "Hello Emma, your file is ready. When would you like to come?",
         {"failed": "131047: Re-engagement message"}),
    )),
    _Person("972541110105", "Dr. Tal Weiss", (
        ("1 13:00", "in", "The card of the specialist I mentioned\nDr. Ruth Stern\n+972 3-765-1111",
         {"kind": "contacts", "media": {"contacts": [{"name": "Dr. Ruth Stern"}]}}),
        ("1 13:05", "agent", "Thank you, I have written to her."),
    )),
    _Person("972541110106", "Omer Katz", (
        ("3 17:00", "in", "Is the clinic open on Friday?"),
        ("3 17:00", "bot", "On Fridays from 9:00 to 12:00."),
        ("3 17:02", "in", "Great"),
        ("3 17:03", "in", "And Satruday?", {"edited": "And Saturday?"}),
        ("3 17:03", "bot", "On Saturdays we are closed."),
        ("3 17:04", "in", "sent by mistake", {"revoked": True}),
        (180, "auto", "Your appointment is tomorrow at 9:30. Reply 1 to confirm."),
    )),
    _Person("US.13491208655302741918", "Maya Chen", (
        ("1 19:20", "in", "Hi! My number is private, is that fine?"),
        ("1 19:20", "bot", "Of course. How can we help?"),
        (61, "in", "Is the result of the blood test back?"),
        (60, "in", "", _file("sticker", "demo-sticker")),
    )),
    _Person("972541110107", "רון אברהם", (
        ("5 14:00", "in", "שלחתי את הטופס", {"kind": "interactive", "media": {"title": "טופס"}}),
        ("5 14:10", "agent", "קיבלנו, תודה רון"),
        ("2 10:15", "in", "איך מגיעים אליכם?"),
        ("2 10:15", "bot", "רחוב הרצל 12, קומה 2. יש חניה בחצר."),
    ), False),
    _Person("972541110108", "Lior Ben-Ami", (
        (340, "in", "Hello?"),
        (338, "in", "I was told somebody would call me back yesterday"),
    )),
    _Person("351912345678", "Ana Sousa", (
        ("2 16:20", "in", "Olá, quanto custa uma limpeza?"),
        ("2 16:20", "bot", "Olá Ana! A limpeza custa 280 ₪. Quer marcar?"),
        ("2 16:31", "in", "Vou pensar, obrigada"),
    )),
    _Person("972541110109", "Shira Gold", (
        ("4 08:50", "in", "", _file("image", "demo-photo")),
        ("4 08:51", "in", "The rash is on his arm since yesterday"),
        ("4 09:05", "agent", "Thank you Shira. Please come at 11:00, Dr. Raz will see him."),
        ("4 09:06", "in", "On our way 🙏"),
        ("3 10:00", "agent", "How is he today?"),
        ("3 10:20", "in", "Much better, thank you so much!", {"reacted": "❤️"}),
    )),
)  # fmt: skip

# Accounts of which one says that it is somebody else's too: a question for a human.
_SUGGESTED = _Person("218844556677001@lid", "Shira", (
    (50, "in", "Hi, it is Shira from my new phone. Same appointment as before?"),
), False)  # fmt: skip
# One number, two accounts: it has a new owner, or one person a new phone.
_SHARED = "972541110110"
_CLAIMANTS = (
    _Person("661111111100001@lid", "Moshe Adler", (
        ("6 09:00", "in", "Good morning, I need a copy of my invoice from March"),
        ("6 09:12", "agent", "Good morning Moshe, it is on its way by e-mail."),
    ), False),
    _Person("661111111100002@lid", "Galit Nahum", (
        (130, "in", "Hello, I got this number last week. Are you the dentist?"),
    ), False),
)  # fmt: skip
_GROUP = "120363041122330001@g.us"


def load_week(connection: psycopg.Connection[Any], business_id: int) -> int:
    """Fills the business, once; returns how many messages were new."""
    now = datetime.now(ZoneInfo(TIME_ZONE)).replace(microsecond=0)
    [(is_there,)] = connection.execute(
        "select exists (select from public.whatsapp_message m where m.business_id = %s "
        "and m.provider_message_id like %s)",
        [business_id, f"{PREFIX}%"],
    ).fetchall()
    if is_there:
        return 0
    connection.execute(
        "update public.business set time_zone = %s where id = %s", [TIME_ZONE, business_id]
    )
    connection.execute(
        "insert into onethread.business_hour (business_id, weekday, opens_at, closes_at) "
        "select %s, day, '09:00', '18:00' from unnest(array[1, 2, 3, 4, 7]) as day "
        "on conflict do nothing",
        [business_id],
    )
    messages, events = _tell(now)
    inserted = insert_messages(connection, business_id, messages).inserted
    insert_events(connection, business_id, events)
    insert_evidence(
        connection,
        business_id,
        [
            Evidence(
                a=_SUGGESTED.address, b=f"+{_PEOPLE[-1].address}", weight="claimed",
                source="baileys contact card", observed_at=now - timedelta(minutes=49),
            )
        ],
    )  # fmt: skip
    insert_names(
        connection,
        business_id,
        [ContactName(address=_GROUP, source=SUBJECT, name="Reception team", provider="baileys")],
    )
    _mark_read(connection, business_id, now)
    connection.execute(
        "select onethread.queue_message(%s, onethread.find_conversation(%s, %s), %s, "
        "'automation', 'week', %s)",
        [
            business_id, business_id, _PEOPLE[3].address,
            "Reminder: your yearly check-up is due. Shall we find a time?",
            (now + timedelta(days=1)).replace(hour=9, minute=0, second=0),
        ],
    )  # fmt: skip
    return inserted


def _tell(now: datetime) -> tuple[list[Message], list[MessageEvent]]:
    messages: list[Message] = []
    events: list[MessageEvent] = []
    for person in (*_PEOPLE, _SUGGESTED, *_CLAIMANTS):
        aliases = [f"{_SHARED}@s.whatsapp.net"] if person in _CLAIMANTS else None
        for message, more in _tell_person(person, now):
            if message.direction == "inbound":
                message = replace(message, contact_aliases=aliases)
            messages.append(message)
            events += more
    messages.sort(key=lambda message: message.sent_at or now)
    group = ((240, _PEOPLE[9], "The printer on floor 2 is out of paper"),
             (200, _PEOPLE[6], "Dr. Weiss starts at 10:00 tomorrow, not at 9:00"))  # fmt: skip
    for number, (minutes, person, body) in enumerate(group):
        messages.append(
            Message(
                direction="inbound", from_number=_GROUP,
                participant=f"{person.address}@s.whatsapp.net",
                sender_name=person.name, body=body, provider="baileys", source="gateway",
                provider_message_id=f"{PREFIX}group-{number}",
                sent_at=now - timedelta(minutes=minutes),
            )
        )  # fmt: skip
    return messages, events


def _tell_person(person: _Person, now: datetime) -> Iterator[tuple[Message, list[MessageEvent]]]:
    jid = person.address if "@" in person.address else f"{person.address}@s.whatsapp.net"
    address = person.address if person.is_cloud else jid
    for number, (when, who, text, *besides) in enumerate(person.lines, 1):
        extra = besides[0] if besides else {}
        at = _time(when, now)
        message_id = f"{PREFIX}{person.address}-{number}"
        is_inbound = who == "in"
        channel = "webhook" if person.is_cloud else "gateway"
        message = Message(
            direction="inbound" if is_inbound else "outbound",
            from_number=address if is_inbound else OWN,
            to_number=OWN if is_inbound else address,
            sender_name=person.name if is_inbound else None,
            source=channel if is_inbound else _SOURCES.get(who, who),
            kind=extra.get("kind", "text"),
            body=text or None,
            media=extra.get("media"),
            provider="meta_cloud" if person.is_cloud else "baileys",
            provider_message_id=message_id,
            reply_to=f"{PREFIX}{person.address}-{extra['reply']}" if "reply" in extra else None,
            sent_at=at,
        )
        yield message, list(_happened(message, extra, address, at))


def _happened(
    message: Message, extra: dict[str, Any], address: str, at: datetime
) -> Iterator[MessageEvent]:
    def event(kind: str, seconds: int, body: str | None = None, **more: Any) -> MessageEvent:
        return MessageEvent(
            kind=kind, provider_message_id=message.provider_message_id or "", address=address,
            body=body, provider=message.provider, target_direction=message.direction,
            occurred_at=at + timedelta(seconds=seconds), **more,
        )  # fmt: skip

    if message.direction == "outbound":
        if "failed" in extra:
            yield event("failed", 2, extra["failed"], is_from_business=True)
        else:
            yield event("delivered", 2)
            yield event("read", 20)
    if "edited" in extra:
        yield event("edited", 30, extra["edited"])
    if "revoked" in extra:
        yield event("revoked", 40)
    if "reacted" in extra:
        yield event("reaction", 90, extra["reacted"], is_from_business=True)


def _mark_read(connection: psycopg.Connection[Any], business_id: int, now: datetime) -> None:
    """What came more than an hour ago has been seen; two have been forgotten."""
    connection.execute(
        """
        select onethread.mark_read(m.business_id, m.conversation_id, m.id)
        from public.whatsapp_message m
        where m.business_id = %s
          and m.conversation_id is not null
          and m.sent_at < %s
          and m.from_number is distinct from %s
        order by m.sent_at
        """,
        [business_id, now - timedelta(minutes=100), _PEOPLE[10].address],
    )


def _time(when: _When, now: datetime) -> datetime:
    if isinstance(when, int):
        return now - timedelta(minutes=when)
    days, _, clock = when.partition(" ")
    hour, _, minute = clock.partition(":")
    return (now - timedelta(days=int(days))).replace(hour=int(hour), minute=int(minute), second=0)
