"""How much of everything a run does."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Sizes:
    """The parameters of all workloads."""

    rounds: int
    """Rounds that count; one more before them warms up."""
    people: int
    """Known people of a kind."""
    inserts: int
    """Single-row inserts of a round, shared among its clients."""
    rows: int
    """Rows of a round written by COPY, or in batches of 100."""
    filled: int
    """Rows of a table of which the bytes are counted."""
    counted: int
    """Rows of which the instructions are counted; 0: they are not."""
    transactions: int
    """Transactions of a round on hot contacts, shared among its clients."""
    newcomers: int
    """New people of a round in a burst."""
    tables: tuple[int, ...]
    """Messages of the tables that are compared, the smallest first."""
    few_chats_messages: int
    """Messages of the tenant with 30 conversations."""
    flooded_conversations: int
    """Conversations of the tenant with a flood in one of them."""
    flood: int
    """Messages of that flood, all newer than any other."""
    reads: int
    """Pages read in a round."""
    merged: int
    """Messages of each of two threads that are joined."""
    numbers: int
    """Phone numbers normalized in a round."""
    payloads: int
    """Webhooks taken in in a round."""
    serving: tuple[tuple[int, int], ...]
    """Businesses whose webhooks come to one server, and its processes."""
    sending_seconds: float
    """For how long as many are sent as it takes."""
    tier_rate: int
    """Webhooks a second of Meta's top tier: 3,000 statuses and 300 texts."""
    tier_seconds: float
    prepared: int
    """How often a prepared statement is run."""
    watched: int
    """Seconds for which open pages of an inbox are watched."""
    backfilled: int
    """Messages of the CRM that is backfilled."""


QUICK = Sizes(
    rounds=5,
    people=500,
    inserts=1_000,
    rows=2_000,
    filled=20_000,
    counted=0,
    transactions=400,
    newcomers=40,
    tables=(10_000, 200_000),
    few_chats_messages=50_000,
    flooded_conversations=4_000,
    flood=20_000,
    reads=100,
    merged=1_000,
    numbers=2_000,
    payloads=400,
    serving=((1, 1), (50, 1)),
    sending_seconds=5,
    tier_rate=3_300,
    tier_seconds=10,
    prepared=20,
    watched=20,
    backfilled=20_000,
)

FULL = Sizes(
    rounds=11,
    people=2_000,
    inserts=4_000,
    rows=10_000,
    filled=1_000_000,
    counted=200,
    transactions=400,  # a deadlock of the naive trigger takes a second
    newcomers=100,
    tables=(10_000, 1_000_000, 10_000_000),
    few_chats_messages=1_000_000,
    flooded_conversations=40_000,
    flood=200_000,
    reads=200,
    merged=10_000,
    numbers=10_000,
    payloads=2_000,
    serving=((1, 1), (50, 1), (1, 2), (50, 2)),
    sending_seconds=20,
    tier_rate=3_300,
    tier_seconds=300,
    prepared=20,
    watched=60,
    backfilled=300_000,
)
