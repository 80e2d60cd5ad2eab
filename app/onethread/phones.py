"""Phone functions of another version: what stored numbers become with them, and applying that.

This app's functions are loaded in a transaction, and what is stored is read with them there
(list_stale_phones). Unless it is made to agree with them (rekey_phones) and all is committed
together, nobody else sees anything of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.rows import dict_row

from onethread.database.version import check_migrations
from onethread.schema import loading, migrate
from onethread.schema.phone_metadata import read_phone_metadata

_ROWS_AT_ONCE = 2000

Row = dict[str, Any]


@dataclass(frozen=True)
class Versions:
    """Whose numbering plans are where; each is a version of phonenumbers."""

    database: str
    """In the functions of the database."""
    files: str
    """In this app's db/functions."""

    @property
    def summary(self) -> str:
        """Both in one line."""
        return f"Metadata {self.database} in the database, {self.files} in this app's files."


def versions(connection: psycopg.Connection[Any]) -> Versions:
    """Raises NotMigrated or SchemaTooNew when the database lacks a migration or is newer."""
    check_migrations(connection)
    [(version,)] = connection.execute("select onethread.phone_metadata_version()").fetchall()
    return Versions(database=version, files=read_phone_metadata().version)


class Reading:
    """What is stored, as this app's functions read it: inside new_functions()."""

    conversation_ids: list[int] | None = None
    """When it is applied: only these threads may meet. None: any."""

    def __init__(
        self, connection: psycopg.Connection[Any], unreadable: list[tuple[int, int]]
    ) -> None:
        self._connection = connection
        self._unreadable = unreadable

    def numbers(self) -> Iterator[Row]:
        """The numbers that are read differently, as rows of list_stale_phones(); fetched as they
        are asked for."""
        with self._connection.cursor("stale_phone", row_factory=dict_row) as cursor:
            cursor.itersize = _ROWS_AT_ONCE
            yield from cursor.execute("select * from onethread.list_stale_phones()")

    def readable_messages(self) -> list[tuple[int, int]]:
        """Messages in no thread (business, id) whose address could not be read and can be now."""
        return self._connection.execute(
            """
            select m.business_id, m.id
            from unnest(%s::bigint[], %s::bigint[]) as u (business_id, id)
            inner join public.whatsapp_message m using (business_id, id)
            where m.conversation_id is null and (onethread.read_counterpart(m)).address is not null
            order by m.business_id, m.id
            """,
            [[message[part] for message in self._unreadable] for part in (0, 1)],
        ).fetchall()

    def apply(self) -> None:
        """Makes what is stored agree, and links what can be read now."""
        self._connection.execute("select onethread.rekey_phones(%s)", [self.conversation_ids])
        ids: dict[int, list[int]] = {}
        for business_id, message_id in self.readable_messages():
            ids.setdefault(business_id, []).append(message_id)
        for business_id, left in ids.items():
            while left:
                [(last_id,)] = self._connection.execute(
                    "select last_id from onethread.link_or_note_failure(%s, %s)",
                    [business_id, left[:_ROWS_AT_ONCE]],
                ).fetchall()
                left = [message_id for message_id in left if message_id > last_id]


@contextmanager
def new_functions(
    connection: psycopg.Connection[Any], is_applied: bool = False
) -> Iterator[Reading]:
    """A transaction in which the database has this app's functions.

    Args:
        connection: in autocommit mode.
        is_applied: nobody can write meanwhile; when the block ends without an error, what is stored
            is re-keyed and all is committed. Otherwise all is rolled back.
    """
    connection.isolation_level = psycopg.IsolationLevel.READ_COMMITTED
    with connection.transaction(force_rollback=not is_applied):
        migrate.lock(connection)
        unreadable = _unreadable_messages(connection)
        if is_applied:
            loading.load_sources(connection)
            connection.execute("select onethread.lock_phones()")
        else:
            loading.load_functions(connection)
        reading = Reading(connection, unreadable)
        yield reading
        if is_applied:
            reading.apply()


def _unreadable_messages(connection: psycopg.Connection[Any]) -> list[tuple[int, int]]:
    """Messages in no thread whose address the functions in the database cannot read: few, however
    many wait for the backfill."""
    return connection.execute(
        "select m.business_id, m.id from public.whatsapp_message m "
        "where m.conversation_id is null and (onethread.read_counterpart(m)).address is null"
    ).fetchall()
