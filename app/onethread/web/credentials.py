"""What a request carries to say whose it is; a comparison takes the same time for any answer."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import ipaddress
import json
import re
from collections.abc import Iterable, Mapping
from urllib.parse import parse_qsl, urlsplit

# Twilio's longest form has some forty fields.
_MAX_FIELDS = 1000

_VERIFY_TOKEN = re.compile(rb'"webhookVerifyToken"\s*+:\s*+("(?:[^"\\]|\\.){0,1024}+")')
# The envelope has one; whoever sends more of them tries something.
_MAX_TOKENS = 5


def read_token(headers: Mapping[str, str]) -> str | None:
    """What Authorization carries: Bearer, or the password of Basic.

    Basic is what a program sends that can only be given an address: https://x:SECRET@host/...
    """
    scheme, _, given = headers.get("authorization", "").partition(" ")
    given = given.strip()
    if scheme.lower() == "bearer":
        return given
    if scheme.lower() != "basic":
        return None
    try:
        return base64.b64decode(given, validate=True).decode().partition(":")[2]
    except (binascii.Error, ValueError):
        return None


def has_secret(secret: str, headers: Mapping[str, str], is_insecure: bool) -> bool:
    """Whether Authorization carries the secret; where there is none, whether all may come in."""
    if not secret:
        return is_insecure and is_local(headers)
    return is_equal(secret, read_token(headers) or "")


def is_local(headers: Mapping[str, str]) -> bool:
    """Whether no other site can have made a browser send this: what is open to everybody on this
    machine is not open to every page that somebody on it visits.

    The name must be one that no stranger's site can have, else it could lead here (DNS rebinding);
    a page of another site is named by the browser.
    """
    host = headers.get("host", "")
    if headers.get("sec-fetch-site", "none") not in ("none", "same-origin"):
        return False
    return is_own_name(host) and headers.get("origin", f"http://{host}") in (
        f"http://{host}",
        f"https://{host}",
    )


def is_own_name(host: str) -> bool:
    """Whether the Host of a request is an address, or localhost."""
    name = ""
    try:
        name = urlsplit(f"//{host}").hostname or ""
        ipaddress.ip_address(name)
    except ValueError:  # not an address, or not even a host
        return name == "localhost"
    return True


def inner_tokens(body: bytes) -> list[str]:
    """The tokens in a body of baileys-api, which can be given no header.

    Found in the bytes: to parse what anybody may send would cost too much.
    """
    tokens: list[str] = []
    start = 0
    while len(tokens) < _MAX_TOKENS and (start := body.find(b'"webhookVerifyToken"', start)) >= 0:
        match = _VERIFY_TOKEN.match(body, start)
        try:
            tokens.append(json.loads(match[1]) if match else "")
        except ValueError:
            tokens.append("")
        start += 1
    return tokens


def twilio_signature(key: str, url: str, body: bytes) -> str:
    """Base64 HMAC-SHA1 of the address and the sorted form fields (Twilio's rule).

    Raises:
        ValueError: it is not a form of Twilio's: it has too many fields.
    """
    fields = parse_qsl(
        body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=_MAX_FIELDS
    )
    text = url + "".join(name + value for name, value in sorted(set(fields)))
    digest = hmac.new(key.encode(), text.encode("utf-8", "replace"), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()


def find_equal(secrets: Iterable[str], given: str) -> str | None:
    """The secret that was given."""
    return next((secret for secret in secrets if is_equal(secret, given)), None)


def is_equal(expected: str, given: str) -> bool:
    """Whether they are equal, and nothing about how far they are."""
    return hmac.compare_digest(
        expected.encode("utf-8", "replace"), given.encode("utf-8", "replace")
    )
