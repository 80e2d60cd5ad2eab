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

# What is looked at between two looks at what it costs.
_SLICE = 2048

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
        _measured: Any = None
        _received = 0
        _wasted = 0

        def connection_made(self, transport: Any) -> None:
            """The time begins with the connection."""
            self.silent_since = self.loop.time()
            if len(self.connections) >= most_connections:
                _close_silent(self.connections)
            super().connection_made(transport)
            self._watch()

        def data_received(self, data: bytes) -> None:
            """After an answer it begins anew with the first byte of the next request."""
            position = 0
            while position < len(data):
                is_plain = self._is_in_body() and not self._is_chunked()
                part = data[position:] if is_plain else data[position : position + _SLICE]
                position += len(part)
                body = self.cycle.body if self._is_in_body() else b""
                length = len(body)
                super().data_received(part)
                if self._is_in_body() and self._is_wasteful(part, len(self.cycle.body) - length):
                    self.transport.close()
                    return
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

        def _is_in_body(self) -> bool:
            return self.cycle is not None and self.cycle.more_body

        def _is_chunked(self) -> bool:
            return any(name == b"transfer-encoding" for name, _ in self.headers)

        def _is_wasteful(self, part: bytes, gained: int) -> bool:
            """Whether the body comes in pieces of a few bytes, each of which costs as much as a
            large one."""
            if self._measured is not self.cycle:
                self._measured, self._received, self._wasted = self.cycle, 0, 0
            self._received += len(part)
            # What comes after the answer is not kept: a piece is seen by the ends of its two lines.
            is_kept = self._is_asked()
            self._wasted += len(part) - gained if is_kept else 3 * part.count(b"\r\n")
            return self._wasted > 2 * _SLICE + self._received / 10

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
