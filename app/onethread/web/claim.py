"""What a webhook's header claims, before its body is read, and whether the body bears it out."""

from __future__ import annotations

import hmac
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import anyio.to_thread

from onethread.web.credentials import inner_tokens, is_equal, twilio_signature

Keys = Mapping[str, bool]
"""Secrets to compute with; of each, whether several businesses share it."""


@dataclass
class Proven:
    """The header alone says whose it is."""

    is_shared: bool
    secret: str = ""
    """What was sent as it is: nothing that is stored may hold it."""

    def update(self, chunk: bytes) -> None:
        """The body changes nothing."""

    async def settle(self, body: bytes) -> Proven | None:
        """Itself; of the other claims what they prove, None when that is nothing."""
        return self


@dataclass
class Signed:
    """A digest of the body in hexadecimal: computed while the body arrives, so that nothing of it
    is parsed before it is known whose it is."""

    keys: Keys
    algorithm: str
    given: str
    _digests: dict[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        self._digests = {key: hmac.new(key.encode(), None, self.algorithm) for key in self.keys}

    def update(self, chunk: bytes) -> None:
        """The next part of the body."""
        for digest in self._digests.values():
            digest.update(chunk)

    async def settle(self, body: bytes) -> Proven | None:
        """What it proves."""
        for key, digest in self._digests.items():
            if is_equal(digest.hexdigest(), self.given):
                return Proven(self.keys[key])
        return None


@dataclass
class SignedForm:
    """Twilio's signature, of the fields of a form: they are parsed in a thread, and are few."""

    most: ClassVar[int] = 65_536
    """Bytes that are parsed for somebody who may be anybody; Twilio's forms have a few thousand."""
    keys: Keys
    given: str
    url: str

    def update(self, chunk: bytes) -> None:
        """Nothing can be said of a part."""

    async def settle(self, body: bytes) -> Proven | None:
        """What it proves."""
        return await anyio.to_thread.run_sync(self._compare, body)

    def _compare(self, body: bytes) -> Proven | None:
        for key, is_shared in self.keys.items():
            try:
                if is_equal(twilio_signature(key, self.url, body), self.given):
                    return Proven(is_shared)
            except ValueError:
                return None
        return None


@dataclass
class TokenInside:
    """A token in the body (baileys-api)."""

    look_up: Callable[[str], Awaitable[Proven | None]]

    def update(self, chunk: bytes) -> None:
        """Nothing can be said of a part."""

    async def settle(self, body: bytes) -> Proven | None:
        """What it proves."""
        for token in inner_tokens(body):
            if proven := await self.look_up(token):
                return proven
        return None


Claim = Proven | Signed | SignedForm | TokenInside

_SIGNATURES = {
    "gowa": ("x-hub-signature-256", "sha256", re.compile(r"(?:sha256=)?([0-9a-f]{64})")),
    "meta_cloud": ("x-hub-signature-256", "sha256", re.compile(r"(?:sha256=)?([0-9a-f]{64})")),
    "waha": ("x-webhook-hmac", "sha512", re.compile(r"([0-9a-f]{128})")),
}
_TWILIO = re.compile(r"[A-Za-z0-9+/]{27}=")


def read_signature(
    provider: str, keys: Keys, headers: Mapping[str, str], url: str
) -> Signed | SignedForm | None:
    """The claim of a provider that signs; None when what is there can be no signature of its."""
    if provider == "twilio":
        given = headers.get("x-twilio-signature", "")
        return SignedForm(keys, given, url) if _TWILIO.fullmatch(given) else None
    name, algorithm, form = _SIGNATURES[provider]
    if headers.get("x-webhook-hmac-algorithm", algorithm).lower() != algorithm:
        return None
    match = form.fullmatch(headers.get(name, "").strip().lower())
    return Signed(keys, algorithm, match[1]) if match else None
