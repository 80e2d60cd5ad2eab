"""Credentials that gateways put into what they send: taken out before anything is stored."""

from __future__ import annotations

import re
from collections.abc import Iterable

# Fields of an envelope, as gateways spell them. What looks like one inside a message's own text is
# text: there its quotes are escaped.
_FIELDS = (
    r"(?:global[_-]?|x-)?api[_-]?key",
    r"(?:(?:access|auth|verify|webhookVerify)[_-]?)?token",
    r"(?:proxy-)?authorization",
    r"(?:webhook[_-]?)?secret",
    r"(?:x-)?(?:hub-signature(?:-256)?|twilio-signature|webhook-hmac|signature)",
)
# One of these is in each of them: to look for them is cheap, and most payloads have none.
_HINTS = ("apikey", "api_key", "api-key", "token", "authorization", "secret", "signature", "-hmac")
# What is shorter is no secret of ours, and may be a word of the message.
_SHORTEST_SECRET = 16
_STRING = r'"(?:[^"\\]|\\.)*+"?'
_CREDENTIAL = re.compile(
    rf'("(?=[agpstvwx])(?:{"|".join(_FIELDS)})"\s*+:\s*+)'
    rf"(?:{_STRING}|\[\s*+(?:{_STRING}[\s,]*+)*+\]?|[-+.\w]++)",
    re.IGNORECASE | re.DOTALL,
)


def without_secrets(text: str, secrets: Iterable[str]) -> str:
    """The text without these, wherever they stand."""
    for secret in secrets:
        if len(secret) >= _SHORTEST_SECRET:
            text = text.replace(secret, "")
    return text


def without_credentials(text: str) -> str:
    """The text of a payload, JSON or not, with each known credential field empty."""
    lowered = text.lower()
    for hint in _HINTS:
        if hint in lowered:
            return _CREDENTIAL.sub(r'\1""', text)
    return text
