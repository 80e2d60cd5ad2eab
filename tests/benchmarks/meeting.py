"""First contact: people nobody has heard of, beside what has to be written for each in any case."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import psycopg

from tests.benchmarks.client import Client, open_clients
from tests.benchmarks.contest import FLOOR, OURS, Copies, copy_in, copy_text, empty_tables
from tests.benchmarks.people import Message, Population, new_message
from tests.benchmarks.report import Result, Target, rates
from tests.benchmarks.rounds import Round, race, timed
from tests.benchmarks.run import Run

_CONVERSATION = "floor.whatsapp_conversation (business_id, id, canonical_key)"
_IDENTITY = "floor.whatsapp_identity (business_id, id, conversation_id, kind, value, match_value)"

Write = Callable[[list[Message]], float]
"""Writes a first message of each; returns the seconds that it took, without the preparation."""


def first_contacts(run: Run) -> Iterator[Result]:
    """One phone each, of which nothing else is known: by COPY, and an INSERT each."""
    with run.baselines() as (url, connection), open_clients(url, 2) as (ours, floor):
        population = Population(connection)
        for case, people, writes, target in (
            ("COPY", run.sizes.rows // 5, _copying(connection), Target(at_least=1 / 2.5)),
            ("single row", run.sizes.inserts // 4, _inserting(ours, floor), Target(at_least=2 / 3)),
        ):
            empty_tables(connection)
            yield rates(
                "first contact",
                f"{case}, JIDs",
                "floor of its three inserts",
                people,
                *race([_meeting(write, population, people) for write in writes], run.sizes.rounds),
                unit="people/s",
                target=target,
            )


def _meeting(write: Write, population: Population, people: int) -> Round:
    return lambda: write([new_message(person, "jid") for person in population.take(people)])


def copies_of_floor(messages: list[Message]) -> Copies:
    """The three COPYs that new people take in any case."""
    told = [_tell(message) for message in messages]
    return [
        (_CONVERSATION, copy_text([_conversation(message) for message in told])),
        (_IDENTITY, copy_text([_identity(message) for message in told])),
        *FLOOR.copies(told),
    ]


def _copying(connection: psycopg.Connection[Any]) -> tuple[Write, Write]:
    def copying(copies: Copies) -> float:
        return timed(lambda: copy_in(connection, copies))

    return (
        lambda messages: copying(OURS.copies(messages)),
        lambda messages: copying(copies_of_floor(messages)),
    )


def _inserting(ours: Client, floor: Client) -> tuple[Write, Write]:
    OURS.prepare(ours)
    floor.prepare(
        f"""
        with conversation as (insert into {_CONVERSATION} values ($1, $7, $9)),
        identity as (insert into {_IDENTITY} values ($1, $8, $7, 'phone', $10, $10))
        insert into {FLOOR.name} ({FLOOR.columns}) values {FLOOR.values(0)}
        """
    )

    def insert(messages: list[Message]) -> float:
        rows = [OURS.parameters([message]) for message in messages]
        return timed(lambda: ours.send_all(rows))

    def insert_floor(messages: list[Message]) -> float:
        told = [_tell(message) for message in messages]
        rows = [
            [*FLOOR.parameters([message]), _conversation(message)[-1], _identity(message)[-1]]
            for message in told
        ]
        return timed(lambda: floor.send_all(rows))

    return insert, insert_floor


def _tell(message: Message) -> Message:
    id_ = next(_ids)
    return replace(message, conversation_id=id_, identity_id=id_)


def _conversation(message: Message) -> list[bytes | None]:
    """Values of _CONVERSATION."""
    key = f"phone:{message.business_id}:{_phone(message)}"
    return [b"%d" % message.business_id, b"%d" % message.conversation_id, key.encode()]


def _identity(message: Message) -> list[bytes | None]:
    """Values of _IDENTITY."""
    business_id, conversation_id, _ = _conversation(message)
    phone = _phone(message).encode()
    return [business_id, b"%d" % message.identity_id, conversation_id, b"phone", phone, phone]


def _phone(message: Message) -> str:
    return f"+{message.address.partition('@')[0]}"


_ids = itertools.count(1_000_000_000)
