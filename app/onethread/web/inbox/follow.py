"""Server-sent events: tells a page which conversations changed.

The database is asked every second; list_changes() sees to it that nothing is lost between two
calls, in whatever order transactions commit. A page that reconnects goes on from the id of its last
event.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable

import psycopg

from onethread.web.gate import Gate
from onethread.web.inbox.queries import list_changes
from onethread.web.problem import Problem

POLL_SECONDS = 1.0
_KEEP_ALIVE_SECONDS = 15.0
# More are not named: the page reads everything anew.
_MOST_NAMED = 500


async def follow(
    gate: Gate, business_id: int, since: str | None, is_stopping: Callable[[], bool]
) -> AsyncIterator[str]:
    """The stream of events, until the reader goes away or the server stops."""
    position = since
    quiet = 0.0 if since else _KEEP_ALIVE_SECONDS  # who has no position is told one at once
    yield "retry: 2000\n\n"
    while not is_stopping():
        try:
            changed, position = await gate.run_about(business_id, list_changes, position)
        except psycopg.errors.InvalidParameterValue:  # not one of ours: from now on
            position, quiet = None, _KEEP_ALIVE_SECONDS
            continue
        except Problem:  # busy, or the database is away: the same position again
            changed = []
        if changed:
            quiet = 0.0
            names = [str(name) for name in changed] if len(changed) <= _MOST_NAMED else None
            yield f"id: {position}\nevent: change\ndata: {json.dumps(names)}\n\n"
        elif position and quiet >= _KEEP_ALIVE_SECONDS:
            quiet = 0.0
            yield f"id: {position}\nevent: quiet\ndata:\n\n"
        await asyncio.sleep(POLL_SECONDS)
        quiet += POLL_SECONDS
