"""The backfill beside a bare update of the same rows, and beside the script one would write.

python -m app.adoption.bench [--people 40000] [--messages 1000000], on the server of DATABASE_URL or
the embedded one, in databases of its own.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import phonenumbers
import psycopg
from psycopg.conninfo import make_conninfo

from app import migrate
from app.adoption.backfill import backfill
from app.adoption.sample import create_sample
from app.connection import resolve_url

_PREFIX = "onethread_bench"


@dataclass
class BackfillRates:
    """Messages a second, each way, in one run."""

    people: int
    messages: int
    migrate_seconds: float
    backfill: float
    bare_update: float
    row_by_row: float

    def summary(self) -> str:
        """The figures, a line each."""
        return "\n".join(
            [
                f"{self.messages:,} messages of {self.people:,} people; migrated in "
                f"{self.migrate_seconds:.1f} s",
                f"backfill       {self.backfill:>10,.0f} messages/s",
                f"bare update    {self.bare_update:>10,.0f} messages/s: backfill is "
                f"{self.backfill / self.bare_update:.2f} of it",
                f"row by row     {self.row_by_row:>10,.0f} messages/s: backfill is "
                f"{self.backfill / self.row_by_row:.1f} times that",
            ]
        )


def measure_backfill(
    url: str,
    people: int = 40_000,
    messages: int = 1_000_000,
    row_by_row_messages: int = 5_000,
    report: Callable[[str], None] = lambda line: None,
) -> BackfillRates:
    """Measures on a server where databases may be created; they are dropped afterwards."""
    with _database(url, "legacy") as legacy:
        report("generating")
        with psycopg.connect(legacy, autocommit=True) as connection:
            create_sample(connection, people, messages)
            connection.execute("vacuum analyze")
        report("row by row")
        with _database(url, "script", template="legacy") as script:
            row_by_row = row_by_row_messages / _timed(
                lambda: _link_row_by_row(script, row_by_row_messages)
            )
        report("migrating")
        migrate_seconds = _timed(lambda: migrate.migrate(legacy, "IL"))
        with psycopg.connect(legacy, autocommit=True) as connection:
            connection.execute("vacuum analyze")
        with _database(url, "update", template="legacy") as update:
            report("bare update")
            bare_update = messages / _timed(lambda: _update_one_column(update))
        report("backfill")
        with psycopg.connect(legacy, autocommit=True) as connection:
            connection.execute("checkpoint")
            seconds = _timed(lambda: backfill(connection))
    return BackfillRates(
        people, messages, migrate_seconds, messages / seconds, bare_update, row_by_row
    )


def _timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _update_one_column(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("checkpoint")
        connection.execute("update whatsapp_message set status = 'seen'")


def _link_row_by_row(url: str, count: int) -> None:
    """What one would write first: for each message its key, its conversation, an update, a commit.

    Over some of all the rows: at the beginning nearly every message is somebody's first.
    """
    with psycopg.connect(url, autocommit=True) as connection:
        for preparation in (
            "alter table whatsapp_message add conversation_id integer "
            "references whatsapp_conversation (id)",
            "create index on whatsapp_message (conversation_id, created_at)",
            "create index on whatsapp_conversation (business_id, canonical_key)",
        ):
            connection.execute(preparation)
        rows = connection.execute(
            "select id, business_id, to_number from whatsapp_message "
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
        "select id from whatsapp_conversation where business_id = %s and canonical_key = %s",
        [business_id, key],
    ).fetchone()
    if found is None:
        found = connection.execute(
            "insert into whatsapp_conversation (business_id, canonical_key) values (%s, %s) "
            "returning id",
            [business_id, key],
        ).fetchone()
    connection.execute(
        "update whatsapp_message set conversation_id = %s where id = %s",
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


@contextmanager
def _database(url: str, name: str, template: str | None = None) -> Iterator[str]:
    """A database of this name, a copy of another one or empty; dropped at the end."""
    full_name = f"{_PREFIX}_{name}"
    source = f"{_PREFIX}_{template}" if template else "template0"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"drop database if exists {full_name} with (force)")
        connection.execute(f"create database {full_name} template {source} strategy file_copy")
        try:
            yield make_conninfo(url, dbname=full_name)
        finally:
            connection.execute(f"drop database {full_name} with (force)")


def main(arguments: list[str] | None = None) -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=40_000)
    parser.add_argument("--messages", type=int, default=1_000_000)
    options: Any = parser.parse_args(arguments)
    print(measure_backfill(resolve_url(), options.people, options.messages, report=print).summary())


if __name__ == "__main__":
    main()
