"""Text that is meant to break something, or to take long.

    python -m tests.phone.hostile

prints how long onethread.normalize_phone() takes for the worst of it, on a server of its own:
ONETHREAD_TEST_POSTGRES chooses the version.
"""

from __future__ import annotations

import random
import sys

import psycopg

from tests import server
from tests.phone.cases import nasty_cases
from tests.phone.seeded import seeded

REGIONS = ("BR", "IL", "US", "JP", None)
_TRIES = 25
_PIECES = (
    *"019+x#;,~-/. *a\u0660\u00a0\u05d0\u0301\u017f\uff0b\U0001d7d8\U0001f600\x01",
    "ext", "ext. ", ";ext=1", ";phone-context=", ";isub=", "tel:", " x1", "/x", "a-", "1 ", "00",
    "1-800-", "\u0434\u043e\u0431", "++", "((", "@s.whatsapp.net",
)  # fmt: skip

_SLOWEST = """
with timed as materialized (
  select
    h.raw, h.region,
    clock_timestamp() as started_at,
    onethread.normalize_phone(h.raw, h.region) as e164,
    clock_timestamp() as ended_at
  from hostile h
  cross join generate_series(1, %s) as try
)
select raw, region, extract(epoch from min(ended_at - started_at)) * 1000 as milliseconds
from timed
group by raw, region
order by milliseconds desc
limit 10
"""


def hostile_texts() -> list[str]:
    """Written by hand, one piece over and over, pieces in turns, and pieces at random."""
    rng = seeded("hostile")
    texts = {case.raw for case in nasty_cases() if case.raw}
    for size in (248, 249, 250, 251, 252, 5000):
        for piece in _PIECES:
            texts.add((piece * size)[:size])
            texts.add(("0502345678" + piece * size)[:size])
            texts.add((piece * size)[: size - 10] + "0502345678")
            texts.add((f"1{piece}" * size)[:size])
    texts.update(_random_text(rng) for _ in range(2000))
    return sorted(texts)


def _random_text(rng: random.Random) -> str:
    """Pieces, or any characters but NUL and surrogates, up to a length around 250."""
    size = rng.choice((1, 10, 50, 249, 250, 251, 300))
    if rng.random() < 0.5:
        return "".join(rng.choice(_PIECES) for _ in range(size))[:size]
    ranges = ((1, 0x7F), (1, 0x7FF), (0xE000, 0xFFFF), (0x10000, 0x10FFFF))
    return "".join(chr(rng.randint(*rng.choice(ranges))) for _ in range(size))


def add_hostile(connection: psycopg.Connection) -> None:
    """The temporary table hostile: every text with every region."""
    connection.execute("create temp table hostile (raw text, region text)")
    with connection.cursor() as cursor, cursor.copy("copy hostile from stdin") as copy:
        for text in hostile_texts():
            for region in REGIONS:
                copy.write_row((text, region))


def main() -> None:
    with server.migrated_database() as uri, psycopg.connect(uri) as connection:
        connection.execute("set local jit = off")
        connection.execute("set local max_parallel_workers_per_gather = 0")
        add_hostile(connection)
        rows = connection.execute(_SLOWEST, [_TRIES]).fetchall()
        count = connection.execute("select count(*) from hostile").fetchone()
        print(f"PostgreSQL {server.VERSION}, {count and count[0]} inputs, best of {_TRIES} calls")
        for raw, region, milliseconds in rows:
            print(f"{milliseconds:.3f} ms  {region}  {len(raw)} characters: {raw[:50]!a}")
        connection.rollback()


if __name__ == "__main__":
    sys.exit(main())
