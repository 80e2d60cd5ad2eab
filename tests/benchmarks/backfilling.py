"""The backfill beside a bare update of the same rows, and beside the script one would write."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import phonenumbers
import psycopg

from onethread.database.connection import open_connection
from onethread.schema import migrate
from onethread.schema.adoption.backfill import backfill
from tests.adoption.sample import create_sample
from tests.benchmarks.report import Result, Target, rates
from tests.benchmarks.rounds import timed
from tests.benchmarks.run import Run

_MESSAGES_A_PERSON = 25
_MESSAGES_BY_HAND = 5_000


def backfills(run: Run) -> Iterator[Result]:
    """A CRM's messages as they were before: one round, of a database each."""
    messages = run.sizes.backfilled
    by_hand = min(messages, _MESSAGES_BY_HAND)
    with run.databases.empty() as legacy:
        with open_connection(legacy) as connection:
            create_sample(connection, messages // _MESSAGES_A_PERSON, messages)
            connection.execute("vacuum analyze")
        with run.databases.copy(legacy) as script:
            row_by_row = timed(lambda: _link_row_by_row(script, by_hand))

        migrate.migrate(legacy, "IL")
        with open_connection(legacy) as connection:
            connection.execute("vacuum analyze")
        with run.databases.copy(legacy) as update:
            bare_update = timed(lambda: _update_one_column(update))
        with open_connection(legacy) as connection:
            connection.execute("checkpoint")
            seconds = timed(lambda: backfill(connection))

    case = f"{messages:,} messages of a CRM"
    yield rates(
        "backfill", case, "bare update", messages, [seconds], [bare_update],
        target=Target(at_least=1 / 3),
    )  # fmt: skip
    yield rates(
        "backfill",
        case,
        "a script, row by row",
        messages,
        [seconds],
        [row_by_row * messages / by_hand],
    )


def _update_one_column(url: str) -> None:
    with open_connection(url) as connection:
        connection.execute("checkpoint")
        connection.execute("update public.whatsapp_message set status = 'seen'")


def _link_row_by_row(url: str, count: int) -> None:
    """What one would write first: for each message its key, its conversation, an update, a commit.

    Over some of all the rows: at the beginning nearly every message is somebody's first.
    """
    with open_connection(url) as connection:
        for preparation in (
            "alter table public.whatsapp_message add conversation_id integer "
            "references public.whatsapp_conversation (id)",
            "create index on public.whatsapp_message (conversation_id, created_at)",
            "create index on public.whatsapp_conversation (business_id, canonical_key)",
        ):
            connection.execute(preparation)
        rows = connection.execute(
            "select id, business_id, to_number from public.whatsapp_message "
            "order by md5(id::text) limit %s",
            [count],
        ).fetchall()
        for message_id, business_id, to_number in rows:
            key = _phone_key(business_id, to_number)
            if key is None:
                continue
            with connection.transaction():
                _link_one(connection, message_id, business_id, key)


def _link_one(
    connection: psycopg.Connection[Any], message_id: int, business_id: int, key: str
) -> None:
    found = connection.execute(
        "select id from public.whatsapp_conversation where business_id = %s and canonical_key = %s",
        [business_id, key],
    ).fetchone()
    if found is None:
        found = connection.execute(
            "insert into public.whatsapp_conversation (business_id, canonical_key) "
            "values (%s, %s) returning id",
            [business_id, key],
        ).fetchone()
    connection.execute(
        "update public.whatsapp_message set conversation_id = %s where id = %s",
        [found[0] if found else None, message_id],
    )


def _phone_key(business_id: int, to_number: str | None) -> str | None:
    if not to_number:
        return None
    if "lid" in to_number:
        return f"lid:{business_id}:{to_number}"
    try:
        number = phonenumbers.parse(to_number.split("@")[0], "IL")
    except phonenumbers.NumberParseException:
        return None
    e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return f"phone:{business_id}:{e164}"
