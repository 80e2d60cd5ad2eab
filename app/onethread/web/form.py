"""The body of a webhook as JSON, also where the provider sends a form."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from urllib.parse import parse_qsl

from onethread.intake.credentials import without_credentials
from onethread.intake.wrapping import JSON_FIELD

FORM = "application/x-www-form-urlencoded"
_MULTIPART = re.compile(r'multipart/form-data\s*;.*?\bboundary="?([^";,\s]{1,70})', re.IGNORECASE)
_FIELD = re.compile(r'\bname="([^"]*)"')


def payload_text(body: bytes, content_type: str) -> str:
    """A form (Twilio, WuzAPI) as a JSON object; anything else as it came: curl calls JSON a form,
    unless told."""
    text = body.decode("utf-8", "replace").removeprefix("\ufeff")
    if multipart := _MULTIPART.match(content_type):
        form = dict(_parts(body, multipart[1].encode()))
    elif content_type.startswith(FORM) and not text.lstrip().startswith(("{", "[")):
        form = dict(parse_qsl(text, keep_blank_values=True))
    else:
        return text
    if JSON_FIELD in form:  # once its quotes are escaped nothing in it is a field any more
        form[JSON_FIELD] = without_credentials(form[JSON_FIELD])
    return json.dumps(form, ensure_ascii=False)


def _parts(body: bytes, boundary: bytes) -> Iterator[tuple[str, str]]:
    """The fields of a form in parts, without the files."""
    for part in (b"\r\n" + body).split(b"\r\n--" + boundary)[1:]:
        head, _, content = part.partition(b"\r\n\r\n")
        headers = head.decode("utf-8", "replace")
        name = _FIELD.search(headers)
        if name and "filename" not in headers.lower():
            yield name[1], content.decode("utf-8", "replace")
