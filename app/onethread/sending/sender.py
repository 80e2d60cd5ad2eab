"""What a provider's sender does, and how it says that it could not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import httpx

_TEMPORARY_STATUS = frozenset({408, 409, 425, 429})


class Sender(Protocol):
    """One provider's way to send a text."""

    kinds: frozenset[str]
    """The kinds of addresses that it can write to: phone, lid, bsuid, group, ..."""

    def send(self, kind: str, value: str, body: str) -> str:
        """Sends a text to an identifier; returns the provider's id of the message.

        Raises:
            SendDelayed: not now, perhaps later.
            SendRefused: never.
        """


class SendRefused(Exception):  # noqa: N818  # what happened, not a fault of ours
    """The provider will not send this message, however often it is asked."""


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
) -> dict[str, Any]:
    """Posts JSON and reads the JSON answer.

    Args:
        temporary_codes: of an error object {"error": {"code": ...}} that are worth another try.

    Raises:
        SendDelayed, SendRefused: by what the answer says, or when there is none.
    """
    try:
        answer = client.post(url, json=content, headers=dict(headers))
    except httpx.HTTPError as error:
        raise SendDelayed(f"no answer: {type(error).__name__}") from error
    try:
        body = answer.json()
    except ValueError:
        body = None
    if answer.is_success:
        if isinstance(body, dict):
            return body
        raise SendRefused("accepted, but the answer is not the provider's")
    fault = body.get("error") if isinstance(body, dict) else None
    code = fault.get("code") if isinstance(fault, dict) else None
    reason = f"{answer.status_code} {_fault_text(body) or answer.reason_phrase}"
    if (
        answer.status_code >= 500
        or answer.status_code in _TEMPORARY_STATUS
        or code in temporary_codes
    ):
        raise SendDelayed(reason, _retry_after(answer))
    raise SendRefused(reason)


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
        body = ", ".join(map(str, body))
    return str(body or "")[:500]


def _retry_after(answer: httpx.Response) -> float | None:
    given = answer.headers.get("retry-after", "")
    return float(given[:9]) if given.isascii() and given.isdigit() else None
