"""Does a request come from whom it says? Every comparison takes the same time for any answer."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Mapping
from urllib.parse import parse_qsl

from onethread.web.settings import Settings


def is_webhook_genuine(
    settings: Settings, provider: str, headers: Mapping[str, str], url: str, body: bytes
) -> bool:
    """Whether a webhook carries its provider's signature, or the secret of the others.

    Args:
        headers: with names in any case, as Starlette has them.
        url: the address that was posted to, as the provider knows it.
    """
    if provider == "meta_cloud":
        return _is_signed(
            settings.meta_app_secret,
            body,
            "sha256",
            headers.get("x-hub-signature-256", "").removeprefix("sha256="),
            settings.is_insecure,
        )
    if provider == "waha" and settings.waha_hmac_key:
        if headers.get("x-webhook-hmac-algorithm", "sha512").lower() != "sha512":
            return False
        given = headers.get("x-webhook-hmac", "")
        return _is_signed(settings.waha_hmac_key, body, "sha512", given, settings.is_insecure)
    if provider == "twilio" and settings.twilio_auth_token:
        given = headers.get("x-twilio-signature", "")
        return _equal(_twilio_signature(settings.twilio_auth_token, url, body), given)
    if provider == "baileys_api" and settings.webhook_secret and "authorization" not in headers:
        # It can be given no header: its token comes in the body.
        return _equal(settings.webhook_secret, _verify_token(body))
    return has_secret(settings.webhook_secret, headers, settings.is_insecure)


def has_secret(secret: str, headers: Mapping[str, str], is_insecure: bool) -> bool:
    """Whether Authorization carries the secret: Bearer, or Basic with it as the password.

    Basic is what a program sends that can only be given an address: https://x:SECRET@host/...
    """
    if not secret:
        return is_insecure
    scheme, _, given = headers.get("authorization", "").partition(" ")
    given = given.strip()
    if scheme.lower() == "basic":
        try:
            given = base64.b64decode(given, validate=True).decode().partition(":")[2]
        except (binascii.Error, ValueError):
            return False
    elif scheme.lower() != "bearer":
        return False
    return _equal(secret, given)


def _verify_token(body: bytes) -> str:
    try:
        payload = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    token = payload.get("webhookVerifyToken") if isinstance(payload, dict) else None
    return token if isinstance(token, str) else ""


def is_verify_token(settings: Settings, given: str) -> bool:
    """Whether Meta's verification request knows the token that was agreed with it."""
    return bool(settings.meta_verify_token) and _equal(settings.meta_verify_token, given)


def _is_signed(secret: str, body: bytes, algorithm: str, given: str, is_insecure: bool) -> bool:
    if not secret:
        return is_insecure
    return _equal(hmac.new(secret.encode(), body, algorithm).hexdigest(), given.strip().lower())


def _twilio_signature(token: str, url: str, body: bytes) -> str:
    """Base64 HMAC-SHA1 of the address and the sorted form fields (Twilio's rule)."""
    form = sorted(set(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)))
    text = url + "".join(name + value for name, value in form)
    digest = hmac.new(token.encode(), text.encode("utf-8", "replace"), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()


def _equal(expected: str, given: str) -> bool:
    return hmac.compare_digest(
        expected.encode("utf-8", "replace"), given.encode("utf-8", "replace")
    )
