"""What a provider's sender does, and how it says that it could not."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any, Protocol

import httpx

from onethread.sending.files import File, Template

_TEMPORARY_STATUS = frozenset({408, 409, 425, 429})
_LARGEST_ANSWER = 1_000_000
_LONGEST_ID = 255
_LONGEST_SECONDS = 60
# The request did not leave, or not as a whole: nobody has the message.
_NOT_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.WriteError,
    httpx.WriteTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
    httpx.LocalProtocolError,
)


class Sender(Protocol):
    """One provider's way to send a text."""

    kinds: frozenset[str]
    """The kinds of addresses that it can write to: phone, lid, bsuid, group, ..."""

    own_number: str | None
    """The number of ours that it writes from, with +; None: whichever it is."""

    def send(self, kind: str, value: str, body: str) -> str:
        """Sends a text to an identifier; returns the provider's id of the message.

        Raises:
            SendDelayed: not now, perhaps later.
            SendRefused: never.
            SendUnconfirmed: it may have been sent, but there is no id.
        """

    def send_template(self, kind: str, value: str, template: Mapping[str, Any]) -> str:
        """The same for an approved template: {name, language, parameters: [{name, text}]}."""

    def fetch_file(self, provider_message_id: str, media: Mapping[str, Any]) -> File:
        """The file of a message; raises Unavailable."""

    def list_templates(self) -> list[Template]:
        """What may be sent at any time; none where the provider has no such thing. Raises
        Unavailable."""


class SendRefused(Exception):  # noqa: N818  # what happened, not a fault of ours
    """The provider will not send this message, however often it is asked."""


class SendUnconfirmed(Exception):  # noqa: N818
    """The provider has the message, as far as anybody knows, and gave it no id that can be read."""


class SendDelayed(Exception):  # noqa: N818
    """The provider could not take the message now."""

    def __init__(self, reason: str, retry_after: float | None = None) -> None:
        super().__init__(reason)
        self.retry_after = retry_after
        """Seconds that the provider asks to wait; None when it does not say."""


def post(
    client: httpx.Client,
    url: str,
    headers: Mapping[str, str],
    content: Mapping[str, Any],
    temporary_codes: frozenset[int] = frozenset(),
) -> Any:
    """Posts JSON and reads the JSON answer, whatever it is.

    Args:
        temporary_codes: of an error object {"error": {"code": ...}} that are worth another try.

    Raises:
        SendDelayed, SendRefused, SendUnconfirmed: by what the answer says, or when there is none.
    """
    try:
        request = client.build_request("POST", url, json=content, headers=dict(headers))
    except (httpx.InvalidURL, ValueError, TypeError) as error:
        raise SendDelayed(f"the settings are wrong: {type(error).__name__}") from error
    try:
        answer = client.send(request, stream=True)
    except _NOT_SENT as error:
        raise SendDelayed(f"not connected: {type(error).__name__}") from error
    except httpx.HTTPError as error:
        raise SendUnconfirmed(f"the connection broke: {type(error).__name__}") from error
    try:
        body = _read_json(answer)
    finally:
        answer.close()
    if answer.is_success:
        return body
    fault = body.get("error") if isinstance(body, dict) else None
    code = fault.get("code") if isinstance(fault, dict) else None
    reason = f"{answer.status_code} {_fault_text(body) or answer.reason_phrase}"
    if isinstance(code, int):
        reason = f"{code}: {reason}"
    if (
        answer.status_code >= 500
        or answer.status_code in _TEMPORARY_STATUS
        or (isinstance(code, int) and code in temporary_codes)
    ):
        raise SendDelayed(reason, _retry_after(answer))
    raise SendRefused(reason)


def read_id(answer: Any, *path: str | int) -> str:
    """The id that stands at this place of an answer.

    Raises:
        SendUnconfirmed: there is none, or one that cannot be stored and compared.
    """
    for step in path:
        try:
            answer = answer[step]
        except (KeyError, IndexError, TypeError):
            raise SendUnconfirmed("the answer has no message id") from None
    text = str(answer) if isinstance(answer, str | int) else ""
    if not text or len(text) > _LONGEST_ID or not text.isprintable():
        raise SendUnconfirmed("the answer's message id cannot be read")
    return text


def _read_json(answer: httpx.Response) -> Any:
    """The answer's JSON; None when it is none, breaks off, or is more than any provider says."""
    raw = bytearray()
    deadline = time.monotonic() + _LONGEST_SECONDS
    try:
        for part in answer.iter_bytes():
            raw += part
            if len(raw) > _LARGEST_ANSWER or time.monotonic() > deadline:
                return None
        return json.loads(raw)
    except (httpx.HTTPError, httpx.StreamError, ValueError, RecursionError):
        return None


def _fault_text(body: Any) -> str:
    """The provider's words for what went wrong, of whichever shape."""
    while isinstance(body, dict):
        details = body.get("error_data")
        body = (
            (details.get("details") if isinstance(details, dict) else None)
            or body.get("message")
            or body.get("response")
            or body.get("error")
        )
    if isinstance(body, list):
        body = ", ".join(str(part)[:500] for part in body[:10])
    return str(body or "")[:500]


def _retry_after(answer: httpx.Response) -> float | None:
    given = answer.headers.get("retry-after", "")
    return float(given[:9]) if given.isascii() and given.isdigit() else None
