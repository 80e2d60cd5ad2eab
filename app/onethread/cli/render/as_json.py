"""Rows as JSON. Ids are strings: they are 64 bits wide, which JavaScript's numbers are not."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

_ID_COLUMNS = {
    "absorbed_id",
    "conversation_id",
    "erasure_id",
    "first_conversation_id",
    "first_id",
    "id",
    "identity_id",
    "lead_id",
    "merge_id",
    "message_id",
    "other_conversation_id",
    "second_conversation_id",
    "second_id",
    "survivor_id",
    "undone",
}


def json_rows(rows: list[dict[str, Any]]) -> str:
    """Rows as a JSON array."""
    return json.dumps(list(map(_plain, rows)), ensure_ascii=False, indent=2, default=_encode)


def json_line(row: dict[str, Any]) -> str:
    """A row as JSON in one line."""
    return json.dumps(_plain(row), ensure_ascii=False, default=_encode)


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {
        name: str(value) if name in _ID_COLUMNS and value is not None else value
        for name, value in row.items()
    }


def _encode(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
