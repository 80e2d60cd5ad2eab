"""Whose a webhook is: which secrets open the address of a provider and a business."""

from __future__ import annotations

import asyncio
import hmac
import time
from collections.abc import Mapping
from dataclasses import replace

from onethread.intake.webhooks import WebhookSecrets, hash_secret, list_secrets
from onethread.web.claim import Claim, Keys, Proven, TokenInside, read_signature
from onethread.web.credentials import find_equal, is_local, read_token
from onethread.web.gate import Gate
from onethread.web.problem import Problem
from onethread.web.settings import Settings

# The names of the keys to compute with; the other providers send their secret as it is.
_KEY_NAMES = {
    "gowa": "GOWA_WEBHOOK_SECRET",
    "meta_cloud": "META_APP_SECRET",
    "twilio": "TWILIO_AUTH_TOKEN",
    "waha": "WAHA_HMAC_KEY",
}
_REFUSED = Problem(
    401,
    "the signature or secret is missing or wrong",
    "docs/webhooks.md says what each provider has to send.",
)


class Admission:
    """Compares what requests carry with the settings and a copy of what the database knows."""

    def __init__(self, settings: Settings, gate: Gate) -> None:
        self._settings = settings
        self._gate = gate
        self._stored = WebhookSecrets()
        self._stored_at = float("-inf")
        self._loading: asyncio.Task[WebhookSecrets] | None = None

    async def read_claim(
        self, provider: str, business_id: int, headers: Mapping[str, str], url: str
    ) -> Claim:
        """What the header claims. Raises Problem 401 when no body could bear it out, and 503 when
        the database has to be asked and does not answer."""
        await self._load(self._settings.secrets_seconds)
        keys = self._keys(provider, business_id)
        claim: Claim | None = None
        if self._is_open(provider, business_id):
            claim = Proven(is_shared=False) if is_local(headers) else None
        elif keys and (signature := read_signature(provider, keys, headers, url)):
            claim = signature
        elif (token := read_token(headers)) is not None:
            claim = await self._look_up(provider, business_id, token)
        elif provider == "baileys_api" and "authorization" not in headers:
            claim = TokenInside(lambda given: self._look_up(provider, business_id, given))
        if claim is None:
            raise _REFUSED
        return claim

    async def settle(self, claim: Claim, body: bytes) -> Proven:
        """What the claim proves; raises Problem 401."""
        proven = await claim.settle(body)
        if proven is None:
            raise _REFUSED
        return proven

    def knows_verify_token(self, business_id: int, given: str) -> bool:
        """Whether Meta's verification of the address has the token that was agreed."""
        keys = self._settings.keys
        tokens = keys.own(business_id, "META_VERIFY_TOKEN") or keys.common("META_VERIFY_TOKEN")
        return find_equal(tokens, given) is not None

    async def _look_up(self, provider: str, business_id: int, token: str) -> Proven | None:
        """Whose a secret is that is sent as it is."""
        proven = self._compare(provider, business_id, token)
        if proven is None:  # perhaps it is new
            await self._load(self._settings.missed_secret_seconds)
            proven = self._compare(provider, business_id, token)
        if proven is None and not self._stored.is_complete:
            raise Problem(503, "the database that may know the secret is away", retry_after=10)
        return proven

    def _compare(self, provider: str, business_id: int, token: str) -> Proven | None:
        """The business's own secrets, else the common one."""
        digest = hash_secret(token)
        hashes = self._stored.hashes.get((business_id, provider), frozenset())
        if any(hmac.compare_digest(known, digest) for known in hashes):
            return Proven(is_shared=False, secret=token)
        is_signer = provider == "meta_cloud" or bool(self._common_keys(provider))
        if is_signer or self._has_own(provider, business_id):
            return None
        if find_equal(self._settings.keys.common("WEBHOOK_SECRET"), token) is None:
            return None
        return Proven(self._stored.has_several_businesses, token)

    def _has_own(self, provider: str, business_id: int) -> bool:
        """Whether the business has secrets of its own for this: the common one is not its then."""
        name = _KEY_NAMES.get(provider)
        has_keys = name is not None and bool(self._settings.keys.own(business_id, name))
        return has_keys or bool(self._stored.hashes.get((business_id, provider)))

    def _common_keys(self, provider: str) -> tuple[str, ...]:
        name = _KEY_NAMES.get(provider)
        return self._settings.keys.common(name) if name else ()

    def _keys(self, provider: str, business_id: int) -> Keys:
        """The keys to compute with."""
        name = _KEY_NAMES.get(provider)
        if name is None:
            return {}
        keys = self._settings.keys
        if own := keys.own(business_id, name):
            return {key: keys.is_shared(name, key) for key in own}
        if self._has_own(provider, business_id):
            return {}
        return dict.fromkeys(keys.common(name), self._stored.has_several_businesses)

    def _is_open(self, provider: str, business_id: int) -> bool:
        """Whether there is no secret that it could have, and the server was told that this is
        well."""
        if not self._settings.is_insecure or self._has_own(provider, business_id):
            return False
        is_sent = provider != "meta_cloud" and self._settings.keys.common("WEBHOOK_SECRET")
        return not (self._common_keys(provider) or is_sent)

    async def _load(self, seconds: float) -> None:
        """Asks the database when what is known is older; all who wait get the one answer. While the
        database does not answer, whoever was known once is let in; nobody else is refused for it.
        """
        if time.monotonic() - self._stored_at <= seconds:
            return
        if self._loading is None or self._loading.done():
            self._loading = asyncio.create_task(self._gate.run(list_secrets))
        try:
            loaded = await asyncio.shield(self._loading)
        except Problem:
            if self._stored_at == float("-inf"):
                raise
            self._stored = replace(self._stored, is_complete=False)
        else:
            known = {} if loaded.is_complete else self._stored.hashes
            self._stored = replace(loaded, hashes={**known, **loaded.hashes})
            self._stored_at = time.monotonic()
