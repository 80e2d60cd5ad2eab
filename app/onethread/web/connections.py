"""Connections from which a request is still to come: for how long, and how many.

uvicorn has a timeout between two requests and none for the header of one, and whoever sends nothing
counts against its limit: with enough silent connections everybody else would be answered 503. Here
those make room for new ones, the longest silent first.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

from uvicorn.protocols.http.auto import AutoHTTPProtocol

_UvicornProtocol: Any = AutoHTTPProtocol

# A process may usually have 1,024 files open; and below uvicorn's own limit.
_MOST_CONNECTIONS = 800


def timed_protocol(
    header_seconds: float, most_connections: int = _MOST_CONNECTIONS
) -> type[asyncio.Protocol]:
    """uvicorn's HTTP, where the header of a request has to arrive in time."""

    class TimedProtocol(_UvicornProtocol):  # type: ignore[misc]  # whichever is installed
        """One connection."""

        silent_since = 0.0
        _header_timer: asyncio.TimerHandle | None = None

        def connection_made(self, transport: Any) -> None:
            """The time begins with the connection."""
            self.silent_since = self.loop.time()
            if len(self.connections) >= most_connections:
                _close_silent(self.connections)
            super().connection_made(transport)
            self._watch()

        def data_received(self, data: bytes) -> None:
            """After an answer it begins anew with the first byte of the next request."""
            super().data_received(data)
            self._watch()

        def connection_lost(self, exc: Exception | None) -> None:
            """Nothing is to be waited for any more."""
            self._unwatch()
            super().connection_lost(exc)

        def on_response_complete(self) -> None:
            """Until that byte uvicorn's own timeout runs."""
            self.silent_since = self.loop.time()
            self._unwatch()
            super().on_response_complete()

        def is_silent(self) -> bool:
            """Whether the other side has not yet said all of its request."""
            return not self._is_asked() or self.cycle.more_body

        def _is_asked(self) -> bool:
            return self.cycle is not None and not self.cycle.response_complete

        def _watch(self) -> None:
            if self._is_asked():
                self._unwatch()
            elif self._header_timer is None and not self.transport.is_closing():
                self._header_timer = self.loop.call_later(header_seconds, self._give_up)

        def _unwatch(self) -> None:
            if self._header_timer is not None:
                self._header_timer.cancel()
                self._header_timer = None

        def _give_up(self) -> None:
            self._header_timer = None
            self.transport.close()

    return TimedProtocol


def _close_silent(connections: Iterable[Any]) -> None:
    silent = [each for each in connections if each.is_silent() and not each.transport.is_closing()]
    if silent:
        min(silent, key=lambda each: each.silent_since).transport.close()
