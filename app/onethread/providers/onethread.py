"""The neutral format, for a gateway or program that has no adapter: {messages, events, evidence} in
the words of our own tables. A row is read as an INSERT of the same columns would be.
"""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Mapping
from dataclasses import MISSING, fields
from functools import cache
from textwrap import dedent
from typing import Any, TypeVar

from onethread.errors import PayloadError
from onethread.model.evidence import Evidence
from onethread.model.message import Message
from onethread.model.message_event import MessageEvent
from onethread.providers.result import ProviderResult, time_of

_RECORDS = {"messages": Message, "events": MessageEvent, "evidence": Evidence}
# What an adapter says of a gateway, and no column is.
_NOT_A_WORD = ("is_mapping",)
_IDENTIFIER = r"@|^\+[0-9]+$|^[A-Z]{2}\."
_DIRECTIONS = ["inbound", "outbound"]
_EVENTS = ["sent", "delivered", "read", "played", "failed", "edited", "revoked", "reaction", "vote"]
_LARGEST_ID = 2**63 - 1
_TYPES: Mapping[str, dict[str, Any]] = {
    "str": {"type": "string", "minLength": 1},
    "bool": {"type": "boolean"},
    "int": {"type": "integer", "minimum": 1, "maximum": _LARGEST_ID},
    "datetime": {"type": ["string", "number"], "format": "date-time"},
    "list[str]": {"type": "array", "items": {"type": "string", "minLength": 1}},
    "dict[str, Any]": {"type": "object"},
    "Any": {},
}
_NARROWER: Mapping[tuple[type, str], dict[str, Any]] = {
    (Message, "direction"): {"enum": _DIRECTIONS},
    (MessageEvent, "kind"): {"enum": _EVENTS},
    (MessageEvent, "target_direction"): {"enum": _DIRECTIONS},
    (Evidence, "a"): {"pattern": _IDENTIFIER},
    (Evidence, "b"): {"pattern": _IDENTIFIER},
    (Evidence, "relation"): {"enum": ["same", "replaced", "different"]},
    (Evidence, "weight"): {"enum": ["attested", "claimed"]},
}
_JSON_TYPES = {"string": str, "boolean": bool, "integer": int, "array": list, "object": dict}

_Record = TypeVar("_Record", Message, MessageEvent, Evidence)


def read_payload(payload: Any) -> ProviderResult:
    """Reads rows of the three tables; one that cannot be read is counted with the reason.

    Raises:
        PayloadError: there are none.
    """
    if not isinstance(payload, Mapping) or not any(payload.get(name) for name in _RECORDS):
        raise PayloadError("not Onethread's format: no 'messages', 'events' or 'evidence'")
    result = ProviderResult()
    for name, record in _RECORDS.items():
        for raw in result.objects(payload.get(name)):
            try:
                getattr(result, name).append(read_record(record, raw))
            except PayloadError as error:
                result.unread[f"{name}: {error}"] += 1
    for name in payload.keys() - _RECORDS.keys():
        result.unread[f"unknown field {name!a:.100}"] += 1
    result.count_if_empty("empty")
    return result


def read_record(record: type[_Record], raw: Any) -> _Record:
    """One row.

    Raises:
        PayloadError: a field is unknown, missing or of another kind.
    """
    if not isinstance(raw, Mapping):
        raise PayloadError("it is not a JSON object")
    plain: type = record  # of a frozen dataclass mypy does not see that its type can be hashed
    words = _words(plain)
    given = {name: value for name, value in raw.items() if value is not None}
    for name, value in given.items():
        if name not in words:
            raise PayloadError(f"unknown field {name!a:.100}")
        given[name] = _read(name, words[name], value)
    for name in _required(record):
        if name not in given:
            raise PayloadError(f"{name} is missing")
    if given.get("is_undated"):  # out of an address book, which business.trust_mappings weighs
        given["is_mapping"] = True
    row = record(**given)
    if isinstance(row, Evidence) and row.a == row.b:
        raise PayloadError("a and b are the same")
    return row


def _read(name: str, word: Mapping[str, Any], value: Any) -> Any:
    if word.get("format"):
        if isinstance(value, bool) or (time := time_of(value)) is None:
            raise PayloadError(f"{name} is no time with a time zone")
        return time
    kind = _JSON_TYPES.get(word.get("type", ""), object)
    items = value if isinstance(value, list) and kind is list else [value]
    is_right = isinstance(value, kind) and (kind is not int or not isinstance(value, bool))
    if kind is int and is_right:
        is_right = 0 < value <= _LARGEST_ID
    if kind in (str, list):
        is_right = is_right and all(isinstance(item, str) and item for item in items)
    if not is_right or value not in word.get("enum", [value]):
        raise PayloadError(f"{name} is not {word.get('enum') or word['type']}")
    if "pattern" in word and not re.search(word["pattern"], value):
        raise PayloadError(f"{name} is no JID, + and digits, or BSUID")
    return value


@cache
def _words(record: type) -> dict[str, dict[str, Any]]:
    told = _descriptions(record)
    words = {}
    for column in fields(record):
        if column.name not in _NOT_A_WORD:
            kind = str(column.type).removesuffix(" | None")
            narrower = _NARROWER.get((record, column.name), {})
            text = {"description": told[column.name]} if column.name in told else {}
            words[column.name] = {**_TYPES[kind], **narrower, **text}
    return words


def _required(record: type) -> list[str]:
    return [each.name for each in fields(record) if each.default is MISSING]


def _descriptions(record: type) -> dict[str, str]:
    """What stands below the fields in the source."""
    [body] = ast.parse(dedent(inspect.getsource(record))).body
    told, name = {}, ""
    for node in getattr(body, "body", ()):
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            name = node.target.id
        elif name and isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            told[name] = " ".join(str(node.value.value).split())
    return told


def row_schema(record: type) -> dict[str, Any]:
    """The JSON Schema of one row."""
    words = {
        each: {"anyOf": [word, {"type": "null"}]} if each not in _required(record) else word
        for each, word in _words(record).items()
    }
    return {
        "type": "object",
        "properties": words,
        "required": _required(record),
        "additionalProperties": False,
    }


def schema() -> dict[str, Any]:
    """The JSON Schema of the format."""
    rows = {
        name: {"type": "array", "items": row_schema(record)} for name, record in _RECORDS.items()
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Onethread",
        "type": "object",
        "properties": rows,
        "additionalProperties": False,
    }
