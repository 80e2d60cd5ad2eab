"""Wherever and however an erased person is named, nothing of it is left."""

from __future__ import annotations

import pytest

from tests.conftest import Connection
from tests.sql.query import rows, scalar

KEY = "phone::+972501234567"
WAMID = "wamid.HBgMOTcyNTAxMjM0NTY3FQIAEhgUM0VCMDY3RTY3RTY3RTY3RTY3RTYA"


@pytest.mark.parametrize(
    "text",
    [
        "972501234567",
        "0501234567",
        "call 050-123-4567 now",
        "call 7 050-123-4567 8 times",
        "+972 50 123 4567",
        "+972 (0)50-123.4567",
        "(050) 123 4567",
        "0 5 0 1 2 3 4 5 6 7",
        r"{\"from\": \"\u0039\u0037\u0032501234567\"}",
        r"{\\\"from\\\": \\\"\\u0039\\u0037\\u0032501234567\\\"}",
        "From=whatsapp%3A%2B972501234567&Body=x",
        "Body=%D7%A9050%20123%204567",
        "\u0660\u0665\u0660\u0661\u0662\u0663\u0664\u0665\u0666\u0667",
        "+972\u00a050\u2011123\u20114567",
        "+972\u200e501234567\u200f",
        "\uff0b972501234567",
        WAMID,
        "x972501234567:12@s.whatsapp.net",
        "00972501234567",
    ],
)
def test_name_is_found_when_it_is_written_otherwise(
    connection: Connection, business_id: int, text: str
) -> None:
    found = rows(
        connection, "select * from onethread.find_names(%s, %s, array[%s])", business_id, text, KEY
    )
    assert {row.key for row in found} == {KEY}
    names = [row.name for row in found]
    assert scalar(connection, "select onethread.contains_name(%s, %s::text[])", text, names)


@pytest.mark.parametrize(
    "text",
    [
        "19725012345678",
        "9725012345670",
        "0501234568",
        "050-123-45678",
        "050,123,4567",
        "[50, 1234567]",
        '{"t": 1701234567}',
        "wamid.HBgMOTcyNTAxMjM0NTY4",
        "wamid.=",
        r"\ud800\u0000%ff%",
        "\\",
        "",
    ],
)
def test_nobody_is_found_when_the_number_is_another(
    connection: Connection, business_id: int, text: str
) -> None:
    query = "select * from onethread.find_names(%s, %s, array[%s])"
    assert rows(connection, query, business_id, text, KEY) == []
