"""What stands beside the words of the navigation, asked now and then for all pages together."""

from __future__ import annotations

import time
from weakref import WeakKeyDictionary

from onethread.web.gate import Gate
from onethread.web.inbox import queries
from onethread.web.inbox.rows import Connection

# It asks every conversation of the business: so a twentieth of a connection's time at most.
_SHORTEST = 1.0
_SHARE = 20

Counts = dict[str, int]
NOTHING: Counts = {"unread": 0, "waiting": 0, "conflicts": 0}

_known: WeakKeyDictionary[Gate, dict[int, tuple[float, Counts]]] = WeakKeyDictionary()


def read_counts(connection: Connection, business_id: int, gate: Gate) -> Counts:
    """{unread, waiting, conflicts} of the business, of a moment ago at most where it is small."""
    known = _known.setdefault(gate, {})
    until, counts = known.get(business_id, (0.0, {}))
    if time.monotonic() < until:
        return counts
    start = time.monotonic()
    counts = queries.count_inbox(connection, business_id)
    end = time.monotonic()
    known[business_id] = (end + max(_SHORTEST, _SHARE * (end - start)), counts)
    return counts


def forget_counts(business_id: int, gate: Gate) -> None:
    """Somebody did something about the business here: the next page is to show it."""
    _known.get(gate, {}).pop(business_id, None)
