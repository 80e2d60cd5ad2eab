"""The neutral format: what its schema says is what the code takes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from onethread.errors import PayloadError
from onethread.model.message import Message
from onethread.providers.onethread import read_payload, read_record, schema

SCHEMA = Path(__file__).parents[2] / "docs" / "onethread.schema.json"


def test_schema_of_the_documentation_is_that_of_the_code() -> None:
    assert json.loads(SCHEMA.read_text("utf-8")) == schema(), (
        "write json.dumps(schema(), indent=2) to docs/onethread.schema.json"
    )


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"direction": "in"}, "direction is not"),
        ({}, "direction is missing"),
        ({"body": 1}, "body is not string"),
        ({"body": ""}, "body is not string"),
        ({"sent_at": "2026-05-01T10:00:00"}, "sent_at is no time"),
        ({"contact_aliases": ["1@lid", 2]}, "contact_aliases is not array"),
        ({"lead_id": True}, "lead_id is not integer"),
        ({"lead_id": 2**63}, "lead_id is not integer"),
        ({"media": []}, "media is not object"),
        ({"phone": "1"}, "unknown field 'phone'"),
    ],
)
def test_message_is_refused_with_the_reason(fields: dict[str, Any], reason: str) -> None:
    message = {"direction": "inbound"} | fields if fields else {}
    with pytest.raises(PayloadError, match=reason):
        read_record(Message, message)
    good = {"direction": "inbound", "from_number": "1@lid"}
    result = read_payload({"messages": [message, good]})
    assert (len(result.messages), result.unread.total()) == (1, 1)


@pytest.mark.parametrize(
    "evidence",
    [
        {"a": "972521110001", "b": "1@lid"},
        {"a": "1@lid", "b": "1@lid"},
        {"a": "1@lid"},
        {"a": "1@lid", "b": "2@lid", "weight": "heavy"},
        {"a": "1@lid", "b": "2@lid", "is_mapping": True},
    ],
)
def test_evidence_is_not_read_when_it_is_not_clear(evidence: dict[str, Any]) -> None:
    result = read_payload({"evidence": [evidence]})
    assert (result.evidence, result.unread.total()) == ([], 1)
