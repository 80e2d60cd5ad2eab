"""match_key() of the adapters says what phone_match_key() of the database says."""

from __future__ import annotations

from collections.abc import Iterator

from onethread.providers.match_key import match_key
from tests.conftest import Connection
from tests.phone.cases import random_digits
from tests.phone.numbers import regions, valid_national_number
from tests.phone.seeded import seeded

_SEED = 20261130


def test_adapters_compare_numbers_as_the_database_does(connection: Connection) -> None:
    numbers = list(_numbers())

    keys = connection.execute(
        "select onethread.phone_match_key('+' || n.digits) "
        "from unnest(%s::text[]) with ordinality as n (digits, place) order by n.place",
        [numbers],
    ).fetchall()

    assert {digits for digits, (key,) in zip(numbers, keys, strict=True) if key != "+" + digits}
    for digits, (key,) in zip(numbers, keys, strict=True):
        assert "+" + match_key(digits) == key, digits


def _numbers() -> Iterator[str]:
    rng = seeded(_SEED)
    for plan in regions():
        for _ in range(10):
            yield f"{plan.calling_code}{valid_national_number(rng, plan)}"
    for code in ("55", "52", "521", "54", "549", "225", "229", "241"):
        for length in range(6, 13):
            for _ in range(120):
                yield code + random_digits(rng, length)
