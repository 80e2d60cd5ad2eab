"""Signatures of the providers that sign."""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import replace

from app.web.signature import is_webhook_genuine
from tests.web.conftest import SECRET, SETTINGS


def test_waha_and_twilio_are_genuine_when_signed_their_way() -> None:
    body, url = b'{"event":"message"}', "https://crm.example/webhooks/waha/1"
    digest = hmac.new(b"waha-key", body, "sha512").hexdigest()
    headers = {"x-webhook-hmac": digest, "x-webhook-hmac-algorithm": "sha512"}
    assert is_webhook_genuine(SETTINGS, "waha", headers, url, body)
    assert not is_webhook_genuine(SETTINGS, "waha", headers, url, body + b" ")
    assert not is_webhook_genuine(SETTINGS, "waha", {}, url, body)
    headers = {"authorization": f"Bearer {SECRET}"}
    assert is_webhook_genuine(replace(SETTINGS, waha_hmac_key=""), "waha", headers, url, body)

    # The example in Twilio's documentation of request validation.
    settings = replace(SETTINGS, twilio_auth_token="12345")
    url = "https://example.com/myapp.php?foo=1&bar=2"
    form = b"CallSid=CA1234567890ABCDE&Caller=%2B14158675310&Digits=1234&From=%2B14158675310"
    form += b"&To=%2B18005551212"
    headers = {"x-twilio-signature": twilio("12345", url, form)}
    assert is_webhook_genuine(settings, "twilio", headers, url, form)
    assert not is_webhook_genuine(settings, "twilio", headers, url + "x", form)


def twilio(token: str, url: str, form: bytes) -> str:
    """Signature over the address and the fields, sorted, written out by hand for this form."""
    assert form
    text = (
        url + "CallSidCA1234567890ABCDECaller+14158675310Digits1234From+14158675310To+18005551212"
    )
    return base64.b64encode(hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()).decode()
