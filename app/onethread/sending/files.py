"""What a provider is asked for at once: a file that was sent, the approved templates."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx

# Of what WhatsApp takes itself only documents may be larger.
LARGEST_FILE = 25_000_000
_LONGEST_SECONDS = 60
_PLACE = re.compile(r"\{\{\s*([A-Za-z0-9_]{1,64})\s*\}\}")


class Unavailable(Exception):  # noqa: N818  # what is the case, not a fault of ours
    """The provider does not give it; the message says why."""


@dataclass(frozen=True)
class File:
    """A file as the provider has it."""

    content: bytes
    media_type: str
    """As the provider says, without parameters, in lower case."""


@dataclass(frozen=True)
class Template:
    """A message that the provider has approved, and may be sent at any time."""

    name: str
    language: str
    body: str
    """With {{1}} or {{name}} where a value goes."""
    header: str = ""
    footer: str = ""

    @property
    def places(self) -> list[str]:
        """What has to be filled in, in the order of its first place."""
        return list(dict.fromkeys(_PLACE.findall(self.body)))

    def fill(self, values: Mapping[str, str]) -> str:
        """The message as it will read."""
        body = _PLACE.sub(lambda found: values.get(found[1], ""), self.body)
        return "\n".join(filter(None, (self.header, body, self.footer)))

    def order(self, values: Mapping[str, str]) -> dict[str, Any]:
        """What is queued, and sent in place of a text."""
        parameters = [
            {"name": None if place.isdecimal() else place, "text": values.get(place, "")}
            for place in self.places
        ]
        return {"name": self.name, "language": self.language, "parameters": parameters}


def read_template(given: Any) -> Template | None:
    """A template as the Cloud API lists it; None: not approved, or it needs more than words."""
    if not isinstance(given, dict) or given.get("status") != "APPROVED":
        return None
    texts: dict[str, str] = {}
    for component in given.get("components") or []:
        kind = str(component.get("type", "")).upper()
        text = str(component.get("text") or "")
        is_plain = kind in ("HEADER", "FOOTER") and not _PLACE.search(text) and bool(text)
        if kind == "BODY" or is_plain:
            texts[kind] = text
        elif kind != "BUTTONS" or _PLACE.search(json.dumps(component)):
            return None
    name, language = given.get("name"), given.get("language")
    if not (isinstance(name, str) and isinstance(language, str) and texts.get("BODY")):
        return None
    return Template(name, language, texts["BODY"], texts.get("HEADER", ""), texts.get("FOOTER", ""))


def fetch(
    client: httpx.Client,
    method: str,
    url: str,
    headers: Mapping[str, str],
    content: Any = None,
    most: int = LARGEST_FILE,
) -> File:
    """What is at an address of the provider's, up to so many bytes; it leads nowhere else.

    Raises:
        Unavailable: it is not there, too large, or the provider does not answer.
    """
    deadline = time.monotonic() + _LONGEST_SECONDS
    try:
        with client.stream(
            method, url, headers=dict(headers), json=content, follow_redirects=False
        ) as answer:
            if answer.status_code in (404, 410):
                raise Unavailable("the provider does not have it any more")
            if not answer.is_success:
                raise Unavailable(f"the provider answered {answer.status_code}")
            raw = bytearray()
            for part in answer.iter_bytes():
                raw += part
                if len(raw) > most:
                    raise Unavailable(f"it is larger than {most // 1_000_000} MB")
                if time.monotonic() > deadline:
                    raise Unavailable("the provider takes too long")
            given = answer.headers.get("content-type", "")
            return File(bytes(raw), given.partition(";")[0].strip().lower())
    except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
        raise Unavailable(f"the provider does not answer: {type(error).__name__}") from error


def fetch_json(
    client: httpx.Client,
    method: str,
    url: str,
    headers: Mapping[str, str],
    content: Any = None,
    most: int = 1_000_000,
) -> dict[str, Any]:
    """The JSON object that is at an address of the provider's; raises Unavailable as fetch()."""
    try:
        found = json.loads(fetch(client, method, url, headers, content, most).content)
    except (ValueError, RecursionError) as error:
        raise Unavailable("the provider's answer cannot be read") from error
    if not isinstance(found, dict):
        raise Unavailable("the provider's answer cannot be read")
    return found


def is_at(url: str, *hosts: str) -> bool:
    """Whether an address is https at one of these hosts or below it."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    name = parts.hostname or ""
    return parts.scheme == "https" and any(
        name == host or name.endswith(f".{host}") for host in hosts
    )


def has_origin(url: str, other: str) -> bool:
    """Whether two addresses are of one server."""
    try:
        return urlsplit(url)[:2] == urlsplit(other)[:2]
    except ValueError:
        return False
