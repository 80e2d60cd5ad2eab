"""How the adapters read times, ids and addresses."""

from __future__ import annotations

from typing import Any

import pytest

from onethread.providers.addresses import add_pairs, is_same_account, split_id, wa_id
from onethread.providers.result import ProviderResult, identifier, time_of


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (1780000000, 1780000000),
        ("1780000000", 1780000000),
        (1780000000.853, 1780000000.853),
        (1780000000123, 1780000000.123),
        ("1780000000123456", 1780000000.123456),
        ("2026-05-28T23:26:40+03:00", 1780000000),
        ("2026-05-28T20:26:40.000Z", 1780000000),
    ],
)
def test_time_is_read_when_written_as_gateways_do(value: Any, seconds: float) -> None:
    time = time_of(value)
    assert time is not None
    assert time.timestamp() == pytest.approx(seconds, abs=1e-5)


@pytest.mark.parametrize(
    "value", [0, "0", True, "", "0001-01-01T00:00:00Z", "2026-05-28T20:26:40", "1e999", None]
)
def test_time_is_absent_when_it_is_none(value: Any) -> None:
    assert time_of(value) is None


@pytest.mark.parametrize(
    "value", ["null", "None", " undefined ", "<WA_ID>", "", None, [], {}, True]
)
def test_identifier_is_absent_when_it_is_a_placeholder(value: Any) -> None:
    assert identifier(value) is None


@pytest.mark.parametrize(
    ("value", "parts"),
    [
        ("true_972521110001@c.us_3EB0", ("outbound", "972521110001@c.us", "3EB0", None)),
        ("false_1@g.us_A1_2@lid", ("inbound", "1@g.us", "A1", "2@lid")),
        ("3EB0", (None, None, "3EB0", None)),
        (
            {"fromMe": True, "remote": {"user": "1", "server": "c.us"}, "id": "A1"},
            ("outbound", "1@c.us", "A1", None),
        ),
        ({"_serialized": "false_1@c.us_A1"}, ("inbound", "1@c.us", "A1", None)),
    ],
)
def test_inner_id_is_found_when_serialized(value: Any, parts: tuple[Any, ...]) -> None:
    assert split_id(value) == parts


def test_accounts_differ_when_only_the_digits_are_equal() -> None:
    assert not is_same_account("111@lid", "111@s.whatsapp.net")
    assert is_same_account("111:4@c.us", "111@s.whatsapp.net")


@pytest.mark.parametrize("value", ["bla", "fowefinoewcnw", "12", "US.", "<X>", None])
def test_wa_id_is_absent_when_it_is_neither_number_nor_user_id(value: Any) -> None:
    assert wa_id(value) is None


def test_group_takes_no_part_when_a_pair_names_one() -> None:
    result = ProviderResult()
    assert not add_pairs(result, ["120363000000000001@g.us", "111@lid"], "test")
    assert result.evidence == []
