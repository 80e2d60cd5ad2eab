"""Webhooks of several businesses, stored in one transaction that waits for the server a few times
in all: everything is sent before the first answer is asked for.

It goes in whole or not at all. The business in whose rows it fails is taken out, and stored by
itself (store_alone()): a blocked one delays nobody, and a payload that the database refuses harms
no neighbour. What such a business brings is stored in halves, down to the payload by itself, which
take_payload() takes row by row.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

import psycopg

from onethread.database.business import unknown_business
from onethread.database.config import shard_names
from onethread.database.failures import CONFLICTS, ROW_FAILURES, SERVER_FAILURES
from onethread.database.retry import retry_conflicts
from onethread.database.tenant import at_once, business_setting
from onethread.errors import NothingOwn
from onethread.intake.payload import Payload, read_payload
from onethread.intake.rejects import keep_payload
from onethread.intake.shared import OwnAccounts, SharedPayload
from onethread.intake.store import ANOTHER_MESSAGE, IntakeResult, join_reasons, learn, name_unread
from onethread.intake.take import take_payload
from onethread.messages.batches import json_array
from onethread.messages.statements import (
    FILL_PLACEHOLDERS,
    INSERT_EVENTS,
    INSERT_EVIDENCE,
    INSERT_MESSAGES,
    INSERT_NAMES,
    LIST_DIFFERENT,
    message_row,
    record_row,
    row_text,
)
from onethread.messages.write import LEARN_FROM_COPIES, list_copied
from onethread.providers.trust import has_history_names

# Longer ones go by themselves.
MAX_LENGTH = 300_000

# Who meets another session's lock gives way to the other businesses at once.
_SHORT_WAIT = "select set_config('lock_timeout', '20ms', true)"
# After so many are taken out the rest is not tried together any more.
_MOST_IN_THE_WAY = 3

_BEGIN = "select set_config('onethread.business_id', %s, true)"
_FIND = "select from public.business where id = %s::numeric"


@dataclass(eq=False)
class Delivery:
    """A webhook on its way in."""

    business_id: int
    provider: str
    text: str
    is_shared: bool = False
    """It came under a secret of several businesses; see take_payload()."""
    outcome: IntakeResult | Exception | None = None
    """What became of it; a result: it is stored, and nothing is left to do."""
    is_stored: bool = False
    payload: Payload | None = field(default=None, init=False)
    """As it was read, when it goes in with others."""
    rows: dict[str, list[str]] = field(default_factory=dict, init=False)
    """What it says, as JSON, by the names of the lists in `payload.read`."""
    shared: SharedPayload | None = field(default=None, init=False)
    """What it names, when a part of it may be another business's."""
    result: IntakeResult = field(init=False)

    def read(self, text: str) -> None:
        """Reads it, or what is left of it; raises what the payload is to blame for."""
        payload = read_payload(self.provider, text)
        for kind in ("evidence", "messages", "events", "names"):
            make_row = message_row if kind == "messages" else record_row
            records = getattr(payload.read, kind)
            self.rows[kind] = [row_text(make_row(record)) for record in records]
        self.payload = payload

    def read_early(self) -> None:
        """Reads it while others are stored, when it is to go in with others."""
        if self.payload is None and len(self.text) <= MAX_LENGTH:
            with suppress(Exception):  # by itself it says what it is
                if self.is_shared:
                    self.shared = SharedPayload(self.business_id, self.provider, self.text)
                self.read(self.text)


def store_together(
    connection: psycopg.Connection[Any],
    deliveries: Sequence[Delivery],
    own: OwnAccounts | None = None,
) -> None:
    """Stores what it can, of each business in the order given; the rest has no outcome then, and is
    for store_alone().

    Args:
        own: what is known of the accounts that shared payloads name.

    Raises:
        psycopg.Error: the connection is lost; with another one it may be called again.
    """
    if shard_names():  # no transaction is about two shards
        return
    waiting = [each for each in deliveries if each.outcome is None and not each.is_stored]
    parts = _read_parts(waiting, own or OwnAccounts())
    for _ in range(_MOST_IN_THE_WAY):
        if not parts:
            break
        try:
            with at_once(connection, is_transaction=True):
                connection.execute(_SHORT_WAIT)
                _store(connection, parts)
        except Exception as error:
            if connection.closed:
                raise psycopg.OperationalError("the connection was lost") from error
            blocked = next((part for part in parts if part.is_unanswered()), None)
            if blocked is None:
                break
            parts.remove(blocked)
        else:
            _finish(parts)
            break
    _learn_together(connection, [each for each in deliveries if each.is_stored])


def store_alone(connection: psycopg.Connection[Any], deliveries: Sequence[Delivery]) -> None:
    """Stores those of one business, in their order; each has its outcome then.

    Raises:
        psycopg.Error: the connection is lost; with another one it may be called again.
    """
    waiting = [each for each in deliveries if each.outcome is None]
    for is_stored, group in groupby(waiting, lambda each: each.is_stored):
        if is_stored:
            _learn_alone(connection, list(group))
            continue
        for is_plain, run in groupby(group, _is_plain):
            if is_plain:
                _store_halves(connection, list(run))
            else:
                for delivery in run:
                    _take_alone(connection, delivery)


def _store_halves(connection: psycopg.Connection[Any], deliveries: list[Delivery]) -> None:
    part = _Part(deliveries, OwnAccounts())

    def store() -> None:
        with at_once(connection):
            _store(connection, [part])

    try:
        retry_conflicts(connection, part.business_id, store)
    except Exception as error:
        can_be_less = isinstance(error, (*ROW_FAILURES, *CONFLICTS))
        if isinstance(error, SERVER_FAILURES) and not can_be_less:
            _fail(connection, deliveries, error)
        elif len(deliveries) > 1:
            half = len(deliveries) // 2
            _store_halves(connection, deliveries[:half])
            _store_halves(connection, deliveries[half:])
        else:
            _take_alone(connection, deliveries[0])
        return
    _finish([part])
    _learn_alone(connection, [each for each in deliveries if each.outcome is None])


def _take_alone(connection: psycopg.Connection[Any], delivery: Delivery) -> None:
    try:
        delivery.outcome = take_payload(
            connection,
            delivery.business_id,
            delivery.provider,
            delivery.text,
            is_shared=delivery.is_shared,
        )
    except Exception as error:  # this one's, not its neighbours'
        _fail(connection, [delivery], error)


def _fail(
    connection: psycopg.Connection[Any], deliveries: Sequence[Delivery], error: Exception
) -> None:
    if connection.closed:
        raise psycopg.OperationalError("the connection was lost") from error
    for delivery in deliveries:
        delivery.outcome = error


class _Part:
    """What one business brings."""

    def __init__(self, deliveries: Sequence[Delivery], own: OwnAccounts) -> None:
        self.business_id = deliveries[0].business_id
        self._deliveries = deliveries
        self._own = own
        self._cursors: list[psycopg.Cursor[Any]] = []

    def is_unanswered(self) -> bool:
        """Whether the server failed at something that was sent for it, or before."""
        return any(cursor.pgresult is None for cursor in self._cursors)

    def begin(self, connection: psycopg.Connection[Any]) -> None:
        """Asks what has to be known before it is read: which accounts are the business's."""
        self._cursors = []
        self._questions: list[tuple[Delivery, SharedPayload]] = []
        self._answers: dict[Hashable, psycopg.Cursor[Any]] = {}
        for delivery in self._deliveries:
            delivery.outcome, delivery.result = None, IntakeResult()
            shared = delivery.shared
            if shared is None or self._own.know(shared.key):
                continue
            if not self._answers:
                self._begin(connection)
            if shared.key not in self._answers:
                self._answers[shared.key] = self._send(connection, *shared.question())
            self._questions.append((delivery, shared))

    def read(self) -> None:
        """Reads what the answers left of shared payloads; waits for answers only if there are
        any."""
        answers = {key: cursor.fetchall() for key, cursor in self._answers.items()}
        for delivery, shared in self._questions:
            try:
                text, foreign = shared.keep_own(answers[shared.key])
            except NothingOwn as error:
                delivery.outcome = error
                continue
            if foreign:
                delivery.read(text)
            else:
                self._own.learn(shared.key)
            delivery.result.foreign = foreign

    def write(self, connection: psycopg.Connection[Any]) -> None:
        """Sends its rows. Who is whom goes in first: the messages then find their conversation."""
        self._begin(connection)
        self._evidence = self._rows("evidence")
        self._messages = self._rows("messages")
        self._events = self._rows("events")
        self._evidence_cursor = self._insert(connection, INSERT_EVIDENCE, self._evidence)
        self._message_cursor = self._insert(connection, INSERT_MESSAGES, self._messages)
        self._event_cursor = self._insert(connection, INSERT_EVENTS, self._events)
        self._insert(connection, INSERT_NAMES, self._rows("names"))
        self._found: psycopg.Cursor[Any] | None = None
        if not (self._evidence or self._messages or self._events):  # else their keys find it
            self._found = self._send(connection, _FIND, [self.business_id])

    def count(self) -> None:
        """Counts, of each delivery, what went in and what was there."""
        if self._found is not None and not self._found.fetchall():
            for delivery in self._deliveries:
                delivery.outcome = unknown_business(self.business_id)
        for position in _positions(self._evidence_cursor):
            self._evidence[position][0].result.evidence += 1
        for position in _positions(self._event_cursor):
            self._events[position][0].result.events += 1
        inserted = {}
        if self._message_cursor is not None:
            inserted = {row[3]: row[1] is None for row in self._message_cursor.fetchall()}
        self._duplicates = []
        for position, (delivery, row) in enumerate(self._messages):
            if position in inserted:
                delivery.result.messages += 1
                delivery.result.unlinked += inserted[position]
            else:
                delivery.result.duplicates += 1
                self._duplicates.append((delivery, row))

    def compare(self, connection: psycopg.Connection[Any]) -> None:
        """A duplicate may say more than what is stored, or something else."""
        self._different: psycopg.Cursor[Any] | None = None
        if self._duplicates:
            self._begin(connection)
            self._insert(connection, FILL_PLACEHOLDERS, self._duplicates)
            self._different = self._insert(connection, LIST_DIFFERENT, self._duplicates)

    def keep(self, connection: psycopg.Connection[Any]) -> None:
        """Keeps the payloads that were not read, or not in full."""
        for delivery, payload in self._payloads():
            if payload.read.ignored:
                delivery.result.ignored += payload.read.ignored
            if payload.read.unread:
                delivery.result.unread += payload.read.unread
        for position in _positions(self._different):
            self._duplicates[position][0].result.unread[ANOTHER_MESSAGE] += 1
        kept = [
            (delivery, payload)
            for delivery, payload in self._payloads()
            if payload.reasons or delivery.result.unread
        ]
        if kept:
            self._begin(connection)
        for delivery, payload in kept:
            if payload.reasons:
                reason = join_reasons(payload.reasons)
                delivery.result.rejected[reason] += 1
            else:
                reason = name_unread(delivery.result.unread)
            self._cursors.append(
                keep_payload(
                    connection,
                    self.business_id,
                    payload,
                    reason,
                    is_unread=not payload.reasons,
                )
            )

    def finish(self) -> None:
        """It is committed."""
        for delivery, payload in self._payloads():
            delivery.is_stored = True
            if not list_copied(payload.read.messages):
                delivery.outcome = delivery.result

    def _payloads(self) -> list[tuple[Delivery, Payload]]:
        return [
            (each, each.payload)
            for each in self._deliveries
            if each.outcome is None and each.payload is not None
        ]

    def _rows(self, kind: str) -> list[tuple[Delivery, str]]:
        return [(delivery, row) for delivery, _ in self._payloads() for row in delivery.rows[kind]]

    def _insert(
        self, connection: psycopg.Connection[Any], query: str, rows: list[tuple[Delivery, str]]
    ) -> psycopg.Cursor[Any] | None:
        if not rows:
            return None
        texts = json_array([text for _, text in rows])
        parameters = {"business_id": self.business_id, "rows": texts}
        return self._send(connection, query, parameters)

    def _begin(self, connection: psycopg.Connection[Any]) -> None:
        """What follows is about the business."""
        self._send(connection, _BEGIN, [business_setting(self.business_id)])

    def _send(
        self, connection: psycopg.Connection[Any], query: str, parameters: Any
    ) -> psycopg.Cursor[Any]:
        cursor = connection.cursor()
        self._cursors.append(cursor)
        return cursor.execute(query.encode(), parameters)


def _read_parts(deliveries: Sequence[Delivery], own: OwnAccounts) -> list[_Part]:
    """By business; of one that brings what goes by itself what comes before that."""
    parts: dict[int, list[Delivery]] = {}
    is_over: set[int] = set()
    for delivery in deliveries:
        if delivery.business_id not in is_over and _is_plain(delivery):
            parts.setdefault(delivery.business_id, []).append(delivery)
        else:
            is_over.add(delivery.business_id)
    return [_Part(each, own) for each in parts.values()]


def _is_plain(delivery: Delivery) -> bool:
    """Whether it goes in with others; it is read then."""
    if not -(2**63) <= delivery.business_id < 2**63:
        return False
    delivery.read_early()
    # Whether the names in a history count is the business's word: it is asked first.
    return delivery.payload is not None and not has_history_names(delivery.payload.read)


def _store(connection: psycopg.Connection[Any], parts: Sequence[_Part]) -> None:
    """The work of one transaction."""
    for part in parts:
        part.begin(connection)
    for part in parts:
        part.read()
    for part in parts:
        part.write(connection)
    for part in parts:
        part.count()
    for part in parts:
        part.compare(connection)
    for part in parts:
        part.keep(connection)


def _finish(parts: Sequence[_Part]) -> None:
    for part in parts:
        part.finish()


def _positions(cursor: psycopg.Cursor[Any] | None) -> list[int]:
    return [] if cursor is None else [position for (position,) in cursor.fetchall()]


def _learn_together(connection: psycopg.Connection[Any], deliveries: Sequence[Delivery]) -> None:
    """Lets the database learn from copies, when they are committed; who is in the way is left."""
    learning = [each for each in deliveries if each.outcome is None]
    if not learning:
        return
    by_business: dict[int, list[str]] = {}
    for each in learning:
        assert each.payload is not None
        ids = by_business.setdefault(each.business_id, [])
        ids += list_copied(each.payload.read.messages)
    try:
        with at_once(connection, is_transaction=True):
            connection.execute(_SHORT_WAIT)
            for business_id, ids in by_business.items():
                connection.execute(_BEGIN, [business_setting(business_id)])
                connection.execute(LEARN_FROM_COPIES, [business_id, ids])
    except Exception as error:
        if connection.closed:
            raise psycopg.OperationalError("the connection was lost") from error
        return
    for each in learning:
        each.outcome = each.result


def _learn_alone(connection: psycopg.Connection[Any], deliveries: Sequence[Delivery]) -> None:
    payloads = [each.payload for each in deliveries if each.payload is not None]
    for delivery, payload in zip(deliveries, payloads, strict=True):
        try:
            delivery.result.add(learn(connection, delivery.business_id, [payload]))
        except Exception as error:
            _fail(connection, [delivery], error)
        else:
            delivery.outcome = delivery.result
