"""What the inbox asks the providers themselves: files of messages, and templates.

Through the settings of `send-queued`, where the server has them: a browser never talks to a
provider.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import quote

import anyio
from fastapi import Response

from onethread.errors import OnethreadError
from onethread.sending import File, Sender, Template, Unavailable, configured_senders, open_client
from onethread.web.problem import Problem

_Result = TypeVar("_Result")

# Shown in a page as what they are; all else is saved as a file of no type.
_SHOWN = {
    *(f"image/{name}" for name in ("gif", "jpeg", "png", "webp")),
    *(f"audio/{name}" for name in ("aac", "amr", "mp4", "mpeg", "ogg", "wav", "webm", "x-wav")),
    *(f"video/{name}" for name in ("3gpp", "mp4", "webm")),
    "application/pdf",
}
_TEMPLATE_SECONDS = 60
_PATIENCE = 20
# Each holds a file in memory.
_MOST_AT_ONCE = 4

_turns = threading.BoundedSemaphore(_MOST_AT_ONCE)
_templates: dict[tuple[int, str], tuple[float, list[Template]]] = {}


@dataclass(frozen=True)
class Providers:
    """Which providers a business is configured for."""

    names: frozenset[str]
    has_templates: bool

    @classmethod
    def of(cls, business_id: int) -> Providers:
        """By the environment of the server."""
        senders = _senders(business_id, None)
        cloud = senders.get("meta_cloud")
        return cls(frozenset(senders), bool(getattr(cloud, "account_id", None)))

    def can_fetch(self, message: dict[str, Any]) -> bool:
        """Whether the file of a message can be asked for."""
        media = message["media"] if isinstance(message["media"], dict) else {}
        return message["provider"] in self.names and (
            message["provider"] != "meta_cloud" or bool(media.get("id"))
        )


async def fetch_file(business_id: int, message: dict[str, Any]) -> File:
    """The file of a message; raises Problem 404 or 502."""

    def work(senders: dict[str, Sender]) -> File:
        sender = senders.get(message["provider"] or "")
        if sender is None or not isinstance(message["media"], dict):
            raise Problem(404, "This file cannot be opened here", "Look for it on the phone.")
        return sender.fetch_file(message["provider_message_id"] or "", message["media"])

    return await _ask(business_id, work)


async def list_templates(business_id: int) -> list[Template]:
    """The approved templates of the business, of a minute ago at most; raises Problem 502."""

    def work(senders: dict[str, Sender]) -> list[Template]:
        cloud = senders.get("meta_cloud")
        if cloud is None:
            return []
        key = (business_id, str(getattr(cloud, "account_id", "")))
        until, known = _templates.get(key, (0.0, []))
        if time.monotonic() >= until:
            known = cloud.list_templates()
            _templates[key] = (time.monotonic() + _TEMPLATE_SECONDS, known)
        return known

    return await _ask(business_id, work)


def file_answer(file: File, name: str) -> Response:
    """The file for a browser: nothing that could run there."""
    is_shown = file.media_type in _SHOWN
    disposition = "inline" if is_shown else "attachment"
    if name:
        disposition += f"; filename*=UTF-8''{quote(name[:120], safe='')}"
    return Response(
        file.content,
        media_type=file.media_type if is_shown else "application/octet-stream",
        headers={"Content-Disposition": disposition, "Cache-Control": "private, max-age=3600"},
    )


async def _ask(business_id: int, work: Callable[[dict[str, Sender]], _Result]) -> _Result:
    def with_client() -> _Result:
        if not _turns.acquire(timeout=_PATIENCE):
            raise Unavailable("too many files are being fetched")
        try:
            with open_client() as client:
                return work(_senders(business_id, client))
        finally:
            _turns.release()

    try:
        return await anyio.to_thread.run_sync(with_client)
    except Unavailable as error:
        raise Problem(502, f"The file is not to be had: {error}") from error


def _senders(business_id: int, client: Any) -> dict[str, Sender]:
    try:
        return configured_senders(client, business_id=business_id)
    except OnethreadError:  # none is described
        return {}
