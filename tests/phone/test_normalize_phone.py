"""What normalize_phone() promises, told by example; and that no input is too much for it."""

from __future__ import annotations

import time

import psycopg
import pytest

from tests.phone.cases import nasty_cases


def normalized(db: psycopg.Connection, raw: str | None, region: str | None) -> str | None:
    row = db.execute("select public.normalize_phone(%s, %s)", (raw, region)).fetchone()
    assert row is not None
    result: str | None = row[0]
    return result


def status(db: psycopg.Connection, raw: str | None, region: str | None) -> str:
    row = db.execute("select public.phone_status(%s, %s)", (raw, region)).fetchone()
    assert row is not None
    result: str = row[0]
    return result


@pytest.mark.parametrize(
    ("raw", "region", "e164"),
    [
        ("0501234567", "IL", "+972501234567"),
        ("050-123-4567", "IL", "+972501234567"),
        ("+972 (0)50 123 4567", "US", "+972501234567"),
        ("972501234567", "IL", "+972501234567"),
        ("+972501234567", None, "+972501234567"),
        ("0501234567", None, None),
        ("0501234567", "ZZ", None),
        ("+390612345678", "IL", "+390612345678"),
        ("1-800-FLOWERS", "US", "+18003569377"),
        ("(650) 253-0000 ext. 12", "US", "+16502530000"),
        ("tel:253-0000;phone-context=+1-650", "IL", "+16502530000"),
        ("\u0660\u0665\u0660-\u0661\u0662\u0663\u0664\u0665\u0666\u0667", "IL", "+972501234567"),
        ("2530000", "US", None),
        ("+13101234", "US", "+13101234"),
        ("call me", "IL", None),
        ("", "IL", None),
        (None, "IL", None),
    ],
)
def test_normalize_phone(
    phone_db: psycopg.Connection, raw: str | None, region: str | None, e164: str | None
) -> None:
    assert normalized(phone_db, raw, region) == e164


@pytest.mark.parametrize(
    ("raw", "region", "expected"),
    [
        ("050-234-5678", "IL", "valid"),
        ("0501234567", "IL", "possible"),
        ("2530000", "US", "local_only"),
        ("+13101234", "US", "valid"),
        ("+5215512345678", None, "impossible"),
        ("123", "IL", "impossible"),
        ("call me", "IL", "unparseable"),
        ("0501234567", None, "unparseable"),
        (None, None, "unparseable"),
    ],
)
def test_phone_status(
    phone_db: psycopg.Connection, raw: str | None, region: str | None, expected: str
) -> None:
    assert status(phone_db, raw, region) == expected


def test_arguments_can_be_named(phone_db: psycopg.Connection) -> None:
    row = phone_db.execute(
        "select public.normalize_phone(raw => '0501234567', default_region => 'IL'), "
        "public.phone_status(raw => '0501234567', default_region => 'IL')"
    ).fetchone()
    assert row == ("+972501234567", "possible")


def test_no_input_raises_or_takes_long(phone_db: psycopg.Connection) -> None:
    """Most inputs take microseconds; the allowance is for a busy machine."""
    texts = {case.raw for case in nasty_cases() if case.raw}
    texts |= {text * 500 for text in ("1", "+", "x", ";", "-", "\u0660", "a-", " ", ";ext=1")}
    texts |= {("1" + char) * 125 for char in ";,#~x/ -.+*\u0660\u00a0\u05d0"}
    texts.add("".join(chr(zero) for zero in (0x660, 0x6F0, 0x7C0, 0x966, 0x9E6, 0xA66)) * 41)
    phone_db.execute("select public.normalize_phone('1x1 ext \u0660', 'IL')")
    slow = []
    for text in sorted(texts):
        best = min(_seconds(phone_db, text) for _ in range(3))
        if best > 0.005:
            slow.append((text, best))
    assert slow == []


def _seconds(db: psycopg.Connection, text: str) -> float:
    start = time.perf_counter()
    db.execute("select public.normalize_phone(%s, 'BR')", (text,))
    return time.perf_counter() - start


def test_columns_of_any_collation_can_be_normalized(phone_db: psycopg.Connection) -> None:
    """Many text functions refuse a nondeterministic collation; ours must not meet the caller's."""
    try:
        with phone_db.transaction():
            phone_db.execute(
                "create collation public.phone_test_collation "
                "(provider = icu, locale = 'tr-TR', deterministic = false)"
            )
    except psycopg.errors.FeatureNotSupported:
        pytest.skip("this PostgreSQL is built without ICU")
    phone_db.execute(
        "create temp table odd (raw text collate public.phone_test_collation, region text)"
    )
    for raw in ("0501234567", "+972-50 123 4567", "1-800-FLOWERS x12", "\u0660\u0665\u06602345678",
                "tel:1;phone-context=+97250", "044 55 1234 5678", "15 2345-6789"):  # fmt: skip
        for region in ("IL", "US", "AR", "BR", "il"):
            phone_db.execute("insert into odd values (%s, %s)", (raw, region))
    row = phone_db.execute(
        "select count(*) from odd "
        "where public.normalize_phone(raw, region) is distinct from "
        'public.normalize_phone(raw collate "C", region collate "C")'
        'or public.phone_match_key(raw) is distinct from public.phone_match_key(raw collate "C") '
        'or public.phone_region(raw) is distinct from public.phone_region(raw collate "C") '
        "or public.phone_status(raw, raw) is null"
    ).fetchone()
    assert row == (0,)
