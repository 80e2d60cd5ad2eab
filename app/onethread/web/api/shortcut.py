"""POST /webhooks/{provider}/{business_id} past the framework, at a third of its cost.

The route in onethread.web.api.webhooks is what the description shows, and answers what is no such
address.
"""

from __future__ import annotations

import json
import re
from types import SimpleNamespace

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from onethread.web.api.webhooks import WebhookReceiver
from onethread.web.problem import MEDIA_TYPE, Problem, describe_problem

_ADDRESS = re.compile(r"/webhooks/([a-z_]+)/([0-9]{1,18})")
_ROUTE = SimpleNamespace(path="/webhooks/{provider}/{business_id}")


class WebhookShortcut:
    """ASGI middleware."""

    def __init__(self, app: ASGIApp, webhooks: WebhookReceiver) -> None:
        self._app = app
        self._webhooks = webhooks

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        address = None
        if scope["type"] == "http" and scope["method"] == "POST":
            address = _ADDRESS.fullmatch(scope["path"])
        if address is None:
            await self._app(scope, receive, send)
            return
        scope["route"] = _ROUTE  # for the metrics
        headers: list[tuple[bytes, bytes]] = []
        try:
            content = await self._webhooks.take(
                address[1], int(address[2]), Request(scope, receive)
            )
            status, media = 200, "application/json"
        except Problem as problem:
            status, content, more = describe_problem(problem)
            media = MEDIA_TYPE
            headers += [(name.lower().encode(), value.encode()) for name, value in more.items()]
        body = json.dumps(content, ensure_ascii=False).encode()
        headers += [(b"content-type", media.encode()), (b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})
