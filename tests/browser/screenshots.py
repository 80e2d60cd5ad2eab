"""Makes the pictures of the documentation: python -m tests.browser.screenshots FOLDER."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg

from onethread.messages.write import insert_messages
from onethread.providers import PROVIDERS
from onethread.web import Settings
from tests import server
from tests.browser.chromium import find_chromium, run_chromium
from tests.conftest import Connection, insert
from tests.providers.reading import load_all
from tests.sql.query import add_lead, scalar
from tests.web.running import serving

NOW = datetime.now(UTC)
WRITER = "972521110007"
DANA, DANA_LID = "972501234567@s.whatsapp.net", "876019134910105@lid"


def main(folder: Path) -> None:
    """Fills a business with a clinic's day and takes its pictures."""
    path = find_chromium()
    if path is None:
        sys.exit("Chromium is not installed: `make chromium`.")
    folder.mkdir(parents=True, exist_ok=True)
    with server.migrated_database() as database:
        with psycopg.connect(database, autocommit=True) as connection:
            thread = fill(connection)
            contents = fill_contents(connection)
        with (
            serving(database, Settings(is_insecure=True)) as address,
            run_chromium(path) as browser,
        ):
            for name, width, height, scheme, language, page_path in (
                ("inbox", 1180, 740, "light", "en", f"/1/conversation/{thread}"),
                ("inbox-dark", 1180, 740, "dark", "en", f"/1/conversation/{thread}"),
                ("inbox-hebrew", 1180, 740, "light", "he", f"/1/conversation/{thread}"),
                ("inbox-phone", 390, 740, "light", "en", "/1"),
                ("inbox-phone-hebrew", 390, 740, "light", "he", "/1"),
                ("thread-phone", 390, 740, "dark", "en", f"/1/conversation/{thread}"),
                ("reports", 1180, 740, "light", "en", "/1/reports?days=30"),
                ("contents", 1180, 1100, "light", "en", f"/2/conversation/{contents}"),
                ("contents-phone", 390, 1300, "dark", "en", f"/2/conversation/{contents}"),
            ):
                page = browser.new_page(
                    viewport={"width": width, "height": height},
                    color_scheme=scheme,
                    locale=language,
                )
                page.goto(f"{address}/inbox{page_path}", wait_until="load")
                page.wait_for_timeout(1500)
                if name.startswith("contents"):
                    page.get_by_text("How was it: Excellent").scroll_into_view_if_needed()
                page.screenshot(path=folder / f"{name}.png")
                page.close()


def fill(connection: Connection) -> int:
    """The clinic's messages; returns the conversation to show."""
    connection.execute(
        "insert into business (name, default_region, time_zone) "
        "values ('Carmel Clinic', 'IL', 'Asia/Jerusalem')"
    )
    fill_history(connection)
    say(connection, "0521110001", 400, "Do you take walk-ins on Friday?", name="Avi Mizrahi")
    answer(connection, "0521110001", 398, "Yes, from 9 to 12.", "bot", "read")
    say(connection, "0521110001", 44, "Great, see you then", name="Avi Mizrahi")
    say(connection, "0529876543", 300, "שלום, מה שעות הפתיחה בחול המועד?", name="נועה כהן")
    answer(
        connection,
        "0529876543",
        299,
        "ראשון עד חמישי 9:00 עד 18:00, שישי עד 12:00",
        "bot",
        "delivered",
    )
    say(connection, "5582999440001@s.whatsapp.net", 130, "Recebi o exame, obrigado!", name="João")
    say(connection, "966501112233@s.whatsapp.net", 71, "مرحبا، أريد حجز موعد", name="ليلى حداد")
    say(connection, "US.13491208655302741918", 25, "Is the result back yet?", name="Maya Chen")
    say(connection, "US.13491208655302741918", 24, "", name="Maya Chen", kind="image",
        media='{"filename": "referral.jpg"}')  # fmt: skip
    answer(connection, "+447400123456", 15, "Your appointment is tomorrow at 10:00", "automation",
           "failed")  # fmt: skip
    return fill_dana(connection)


def fill_dana(connection: Connection) -> int:
    """One person under three names, answered by a bot, an automation and an agent."""
    add_lead(connection, 1, "050-123-4567", "Dana Levi")
    answer(connection, "050-123-4567", 1500, "Reminder: your appointment is on Thursday at 16:30",
           "automation", "read")  # fmt: skip
    first = say(connection, DANA, 180, "Hi, can I move my apointment?", name="Dana")
    event(connection, "edited", first, 179, body="Hi, can I move my appointment?")
    second = answer(connection, DANA_LID, 179, "Of course! Would Tuesday 10:00 or Wednesday "
                    "14:00 suit you?", "bot", "read", aliases=[DANA])  # fmt: skip
    event(connection, "reaction", second, 178, body="👍")
    say(connection, DANA_LID, 176, "Tuesday is great, thank you", name="Dana", reply_to=second)
    answer(connection, "+972501234567", 175, "Booked. See you on Tuesday at 10:00!", "bot", "read")
    say(connection, DANA, 12, "This is the referral", name="Dana", kind="document",
        media='{"filename": "referral-levi.pdf"}')  # fmt: skip
    other = say(connection, "IL.77120865530274191", 11, "Sorry, wrote from my other account",
                name="Dana L.")  # fmt: skip
    thread = int(scalar(connection, "select onethread.find_conversation(1, '0501234567')"))
    absorbed = scalar(
        connection,
        "select conversation_id from whatsapp_message where provider_message_id = %s",
        other,
    )
    connection.execute(
        "select onethread.merge_conversations(1, %s, %s, 'her other account (Ronit)')",
        [thread, absorbed],
    )
    connection.execute(
        "update onethread.whatsapp_conversation_merge set merged_at = %s",
        [NOW - timedelta(minutes=10)],
    )
    answer(connection, DANA, 3, "Thank you, Dana. The doctor has it.", "agent", "delivered")
    return thread


def fill_contents(connection: Connection) -> int:
    """Another business, whose customer has written in every form; returns the conversation."""
    connection.execute(
        "insert into business (name, default_region, time_zone) "
        "values ('Carmel Kitchen', 'IL', 'Asia/Jerusalem')"
    )
    connection.execute("insert into business_number values (2, 'phone', '+97237000100')")
    for provider in ("meta_cloud", "waha"):
        for payload in load_all(provider):
            messages = [
                replace(message, sender_name="Noa Cohen" if message.sender_name else None)
                for message in PROVIDERS[provider](payload).messages
                if WRITER in message.address
            ]
            insert_messages(connection, 2, messages)
    return int(scalar(connection, "select onethread.find_conversation(2, %s)", WRITER))


def fill_history(connection: Connection) -> None:
    """A month of questions and answers, for the reports."""
    for day in range(1, 30):
        for number in range((day * 7) % 11 + 2):
            minutes = day * 1440 + number * 37
            address = f"05422{day % 9}{number:02}11"
            say(connection, address, minutes, "question", name=f"Patient {day}-{number}")
            source = ("bot", "agent", "bot", "automation")[(day + number) % 4]
            wait = 1 if source != "agent" else 5 + (day * number) % 21
            answer(connection, address, minutes - wait, "answer", source, "read")
    connection.execute(
        "insert into onethread.conversation_read (business_id, conversation_id, sent_at, "
        "message_id) "
        "select 1, conversation_id, max(sent_at), max(id) from whatsapp_message group by 2"
    )


def say(connection: Connection, address: str, minutes: int, body: str, **columns: Any) -> str:
    """Somebody writes, so many minutes ago; the provider's id of it."""
    columns["sender_name"] = columns.pop("name")
    return store(connection, "inbound", address, minutes, body, source="webhook", **columns)


def answer(
    connection: Connection, address: str, minutes: int, body: str, source: str, status: str,
    aliases: list[str] | None = None,
) -> str:  # fmt: skip
    """The business writes, and the message comes as far as the status says."""
    message_id = store(
        connection, "outbound", address, minutes, body, source=source, contact_aliases=aliases
    )
    event(connection, status, message_id, minutes, body="Message undeliverable")
    return message_id


def store(
    connection: Connection, direction: str, address: str, minutes: int, body: str, **columns: Any
) -> str:
    message_id = f"{direction}-{minutes}-{address}"
    insert(connection, 1, direction, address=address, body=body or None, provider="meta_cloud"
           if "@" in address or "." in address else None, provider_message_id=message_id,
           sent_at=NOW - timedelta(minutes=minutes), **columns)  # fmt: skip
    return message_id


def event(connection: Connection, kind: str, message_id: str, minutes: int, body: str) -> None:
    connection.execute(
        "insert into whatsapp_message_event "
        "(business_id, kind, provider_message_id, address, body, occurred_at) "
        "values (1, %s, %s, %s, %s, %s)",
        [kind, message_id, DANA_LID, body, NOW - timedelta(minutes=minutes)],
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
