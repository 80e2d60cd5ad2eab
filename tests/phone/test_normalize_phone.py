"""What normalize_phone() promises, told by example; and that no input is too much for it."""

from __future__ import annotations

import psycopg
import pytest

from tests.phone.hostile import add_hostile


def normalized(db: psycopg.Connection, raw: str | None, region: str | None) -> str | None:
    row = db.execute("select onethread.normalize_phone(%s, %s)", (raw, region)).fetchone()
    assert row is not None
    result: str | None = row[0]
    return result


def status(db: psycopg.Connection, raw: str | None, region: str | None) -> str:
    row = db.execute("select onethread.phone_status(%s, %s)", (raw, region)).fetchone()
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
        "select onethread.normalize_phone(raw => '0501234567', default_region => 'IL'), "
        "onethread.phone_status(raw => '0501234567', default_region => 'IL')"
    ).fetchone()
    assert row == ("+972501234567", "possible")


def test_no_input_raises_or_takes_forever(phone_db: psycopg.Connection) -> None:
    """How long the slowest takes is measured by tests/phone/hostile.py, not on a busy machine."""
    add_hostile(phone_db)
    phone_db.execute("set local statement_timeout = '60s'")
    row = phone_db.execute(
        """
        select
          count(*),
          count(onethread.phone_match_key(raw)),
          count(onethread.phone_status(raw, region)),
          count(*) filter (where onethread.normalize_phone(raw, region) !~ '^\\+[0-9]{2,20}$'),
          count(*) filter (where (onethread.whatsapp_identifier(raw, region)).kind not in
            ('phone', 'bsuid', 'other', 'group', 'broadcast', 'newsletter', 'lid'))
        from hostile
        """
    ).fetchone()
    assert row is not None
    count = row[0]
    assert count > 10_000
    assert row == (count, count, count, 0, 0)


def test_columns_of_any_collation_can_be_normalized(phone_db: psycopg.Connection) -> None:
    """Many text functions refuse a nondeterministic collation; ours must not meet the caller's."""
    try:
        with phone_db.transaction():
            phone_db.execute(
                "create collation phone_test_collation "
                "(provider = icu, locale = 'tr-TR', deterministic = false)"
            )
    except psycopg.errors.FeatureNotSupported:
        pytest.skip("this PostgreSQL is built without ICU")
    phone_db.execute("create temp table odd (raw text collate phone_test_collation, region text)")
    for raw in ("0501234567", "+972-50 123 4567", "1-800-FLOWERS x12", "\u0660\u0665\u06602345678",
                "tel:1;phone-context=+97250", "044 55 1234 5678", "15 2345-6789"):  # fmt: skip
        for region in ("IL", "US", "AR", "BR", "il"):
            phone_db.execute("insert into odd values (%s, %s)", (raw, region))
    row = phone_db.execute(
        "select count(*) from odd "
        "where onethread.normalize_phone(raw, region) is distinct from "
        'onethread.normalize_phone(raw collate "C", region collate "C")'
        "or onethread.phone_match_key(raw) is distinct from "
        'onethread.phone_match_key(raw collate "C") '
        "or onethread.phone_status(raw, raw) is null"
    ).fetchone()
    assert row == (0,)
