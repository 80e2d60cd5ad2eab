"""What programs put round a payload that they pass on or save: a workflow's web hook, a form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from onethread.intake.credentials import without_credentials
from onethread.intake.nesting import parse_json

# A request as n8n's Webhook node hands it on.
_REQUEST = {"headers", "params", "query", "body"}
# WuzAPI's form: the event as JSON in one field, beside what names the instance.
JSON_FIELD = "jsonData"


def unwrap(value: Any) -> list[Any]:
    """The payloads in it; the value itself when nothing is round it."""
    if not isinstance(value, Mapping):
        return [value]
    if value.keys() >= _REQUEST and isinstance(value["headers"], Mapping):
        body = _parsed(value["body"])
        bodies = body if isinstance(body, list) and body else [body]
        return [_without_form(each) for each in bodies]
    return [_without_form(value)]


def _without_form(value: Any) -> Any:
    event = _parsed(value.get(JSON_FIELD)) if isinstance(value, Mapping) else None
    if not isinstance(event, Mapping):
        return value
    beside = {name: field for name, field in value.items() if name != JSON_FIELD}
    return {**beside, **event}


def _parsed(value: Any) -> Any:
    # Its quotes were escaped, so that nothing in it was blanked.
    document = parse_json(without_credentials(value)) if isinstance(value, str) else None
    return value if document is None else document[0]
