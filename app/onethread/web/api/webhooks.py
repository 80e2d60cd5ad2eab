"""POST /webhooks/{provider}/{business_id}: whatever a provider sends is stored before 200."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any

import anyio.to_thread
from fastapi import APIRouter, Query, Request
from fastapi.responses import PlainTextResponse
from pydantic import BaseModel

from onethread.errors import NothingOwn, UnknownBusiness
from onethread.intake.credentials import without_secrets
from onethread.intake.payload import PROVIDER_NAMES
from onethread.intake.together import Delivery
from onethread.web.admission import Admission
from onethread.web.body import Body, BodyReader
from onethread.web.claim import Proven, SignedForm
from onethread.web.form import FORM, payload_text
from onethread.web.gate import Gate
from onethread.web.line import Line
from onethread.web.metrics import Metrics
from onethread.web.problem import Problem
from onethread.web.settings import Settings

_ERRORS: dict[int | str, dict[str, str]] = {
    401: {"description": "Signature or secret is missing or wrong"},
    404: {"description": "Unknown provider or business, or nothing in it is this business's"},
    408: {"description": "The body did not arrive in time"},
    413: {"description": "The body is too large"},
    503: {"description": "Busy, or the database cannot be reached: send it again"},
}

# A larger body is read in a thread; this one takes some milliseconds.
_SMALL = 20_000

_SIGNATURES = {
    "hubSignature": (
        "X-Hub-Signature-256",
        "meta_cloud, gowa: HMAC-SHA256 of the body with the app's secret, in hexadecimal",
    ),
    "webhookHmac": ("X-Webhook-Hmac", "waha: HMAC-SHA512 of the body, in hexadecimal"),
    "twilioSignature": ("X-Twilio-Signature", "twilio: its signature of the address and the form"),
}
_SENT = "The other providers: the secret that `onethread webhook add` made"
_VERIFY = "hub.verify_token"

# What opens these addresses, for the description: a provider has one of them.
SCHEMES: dict[str, dict[str, str]] = {
    **{
        name: {"type": "apiKey", "in": "header", "name": header, "description": text}
        for name, (header, text) in _SIGNATURES.items()
    },
    "webhookSecret": {"type": "http", "scheme": "bearer", "description": _SENT},
    "webhookSecretAsPassword": {
        "type": "http",
        "scheme": "basic",
        "description": "The same as the password in an address, with any name",
    },
    "verifyToken": {
        "type": "apiKey",
        "in": "query",
        "name": _VERIFY,
        "description": "ONETHREAD_META_VERIFY_TOKEN of the server, or a business's own",
    },
}

# What a provider sends is read by its adapter, not by the framework.
_TAKEN = {
    "security": [{name: []} for name in SCHEMES if name != "verifyToken"],
    "requestBody": {
        "description": "As the provider sends it: JSON, or the fields of a form",
        "required": True,
        "content": {
            "application/json": {"schema": {}},
            FORM: {"schema": {"type": "object"}},
        },
    },
}


class Taken(BaseModel):
    """What became of a payload."""

    messages: int
    events: int
    evidence: int
    duplicates: int
    ignored: int
    """Events of no interest, such as presence."""
    unread: int
    """Events that nobody has heard of, and the like: not in a row, but the payload is kept."""
    foreign: int
    """Changes of accounts that this business has not registered: not stored."""
    rejected: str | None
    """Why it, or a part of it, was kept for a later replay; null when all of it went in."""
    is_cut: bool
    """The body was over the limit: what is stored is without the files in it."""


class WebhookReceiver:
    """Takes webhooks."""

    def __init__(
        self,
        settings: Settings,
        gate: Gate,
        admission: Admission,
        bodies: BodyReader,
        line: Line,
        metrics: Metrics,
    ) -> None:
        self._settings = settings
        self._gate = gate
        self._admission = admission
        self._bodies = bodies
        self._line = line
        self._metrics = metrics

    async def take(self, provider: str, business_id: int, request: Request) -> dict[str, Any]:
        """The fields of Taken, when it is stored. Raises Problem."""
        if provider not in PROVIDER_NAMES:
            raise Problem(404, f"unknown provider; one of {', '.join(PROVIDER_NAMES)}")
        # Only Twilio's signature is of the address too.
        url = _public_url(self._settings, request) if provider == "twilio" else ""
        claim = await self._admission.read_claim(provider, business_id, request.headers, url)
        limit = self._settings.body_limit(provider)
        if isinstance(claim, SignedForm):
            limit = min(limit, claim.most)
        async with self._bodies.read(request, limit, claim) as body:
            proven = await self._admission.settle(claim, body.content)
            async with self._gate.enter():
                content_type = request.headers.get("content-type", "")
                read = partial(self._read, provider, business_id, proven, body, content_type)
                is_small = len(body.content) < _SMALL
                delivery = read() if is_small else await anyio.to_thread.run_sync(read)
                try:
                    result = await self._line.take(delivery)
                except (UnknownBusiness, NothingOwn) as error:
                    raise Problem(404, str(error), error.hint) from error
        self._metrics.count_intake(provider, result)
        return {
            "messages": result.messages,
            "events": result.events,
            "evidence": result.evidence,
            "duplicates": result.duplicates,
            "ignored": result.ignored.total(),
            "unread": result.unread.total(),
            "foreign": result.foreign,
            "rejected": "; ".join(result.rejected) or None,
            "is_cut": body.is_cut,
        }

    def _read(
        self, provider: str, business_id: int, proven: Proven, body: Body, content_type: str
    ) -> Delivery:
        secrets = [*self._settings.keys.known_to(business_id), proven.secret]
        text = without_secrets(payload_text(body.content, content_type), secrets)
        delivery = Delivery(business_id, provider, text, proven.is_shared)
        delivery.read_early()
        return delivery


def webhook_router(admission: Admission, receiver: WebhookReceiver) -> APIRouter:
    """The routes that providers call."""
    router = APIRouter(prefix="/webhooks", tags=["webhooks"])

    @router.get(
        "/meta_cloud/{business_id}",
        response_class=PlainTextResponse,
        responses={403: {"description": "The verify token is missing or wrong"}},
        openapi_extra={"security": [{"verifyToken": []}]},
    )
    async def verify(
        business_id: int,
        mode: Annotated[str, Query(alias="hub.mode")] = "",
        token: Annotated[str, Query(alias=_VERIFY)] = "",
        challenge: Annotated[str, Query(alias="hub.challenge", max_length=1000)] = "",
    ) -> PlainTextResponse:
        """Meta's verification of the webhook address."""
        if mode != "subscribe" or not admission.knows_verify_token(business_id, token):
            raise Problem(403, "the verify token is not ONETHREAD_META_VERIFY_TOKEN")
        return PlainTextResponse(challenge)

    @router.post("/{provider}/{business_id}", responses=_ERRORS, openapi_extra=_TAKEN)
    async def receive(provider: str, business_id: int, request: Request) -> Taken:
        """Takes one webhook; 200 means that it is stored."""
        return Taken(**await receiver.take(provider, business_id, request))

    return router


def _public_url(settings: Settings, request: Request) -> str:
    if not settings.public_url:
        return str(request.url)
    query = f"?{request.url.query}" if request.url.query else ""
    return settings.public_url + request.url.path + query
