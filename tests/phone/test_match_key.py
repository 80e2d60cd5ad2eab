"""phone_match_key(): numbers of one WhatsApp account are equal, others are not."""

from __future__ import annotations

import psycopg
import pytest

from tests.phone.cases import random_digits
from tests.phone.numbers import regions, valid_national_number
from tests.phone.seeded import seeded


def match_key(db: psycopg.Connection, e164: str | None) -> str | None:
    row = db.execute("select onethread.phone_match_key(%s)", (e164,)).fetchone()
    assert row is not None
    result: str | None = row[0]
    return result


@pytest.mark.parametrize(
    ("e164", "key"),
    [
        # Brazil: the ninth digit, for every area code in use and first digits 6-9.
        ("+551188887777", "+5511988887777"),
        ("+5511988887777", "+5511988887777"),
        ("+554188887777", "+5541988887777"),
        ("+558299448232", "+5582999448232"),
        ("+553499503261", "+5534999503261"),
        ("+558591203123", "+5585991203123"),
        ("+551162345678", "+5511962345678"),
        # ... not landlines, with or without a 9 that somebody put there.
        ("+551151923057", "+551151923057"),
        ("+5511951923057", "+5511951923057"),
        ("+554132345678", "+554132345678"),
        ("+5541932345678", "+5541932345678"),
        # ... nor toll-free, area codes that do not exist, or other lengths.
        ("+558000464636", "+558000464636"),
        ("+558009464636", "+558009464636"),
        ("+552088887777", "+552088887777"),
        ("+552388887777", "+552388887777"),
        ("+55118888777", "+55118888777"),
        ("+551198888777712", "+551198888777712"),
        ("+5540041234", "+5540041234"),
        # Mexico: 521 and ten digits.
        ("+5216641234567", "+526641234567"),
        ("+526641234567", "+526641234567"),
        ("+521512345678", "+521512345678"),
        ("+52155123456789", "+52155123456789"),
        # Argentina: 549 and ten digits; the 15 after an area code is not interpreted.
        ("+5491112345678", "+541112345678"),
        ("+541112345678", "+541112345678"),
        ("+5493511234567", "+543511234567"),
        ("+54111512345678", "+54111512345678"),
        ("+54911123456", "+54911123456"),
        # Ivory Coast: the operator by the second digit (mobile) or the third (landline).
        ("+22501234567", "+2250101234567"),
        ("+22540123456", "+2250140123456"),
        ("+22545123456", "+2250545123456"),
        ("+22505123456", "+2250505123456"),
        ("+22507123456", "+2250707123456"),
        ("+22588123456", "+2250788123456"),
        ("+22597123456", "+2250797123456"),
        ("+22520812345", "+2252120812345"),
        ("+22520012345", "+2252520012345"),
        ("+22530012345", "+2252530012345"),
        ("+22520212345", "+2252720212345"),
        ("+22536812345", "+2252736812345"),
        ("+2250545123456", "+2250545123456"),
        ("+22580012345", "+22580012345"),
        ("+22590012345", "+22590012345"),
        ("+22513123456", "+22513123456"),
        # Benin: 01 before every number of eight digits.
        ("+22961234567", "+2290161234567"),
        ("+22921301234", "+2290121301234"),
        ("+2290161234567", "+2290161234567"),
        # Gabon: the 0 of the old eight digits became the operator's digit; not 03, no other length.
        ("+24101123456", "+24111123456"),
        ("+24102123456", "+24162123456"),
        ("+24105123456", "+24165123456"),
        ("+24106123456", "+24166123456"),
        ("+24104123456", "+24174123456"),
        ("+24107164732", "+24177164732"),
        ("+24177164732", "+24177164732"),
        ("+24103123456", "+24103123456"),
        ("+2410712345", "+2410712345"),
        ("+241071234567", "+241071234567"),
        ("+244071234567", "+244071234567"),
        # Everybody else, and what is no number.
        ("+972501234567", "+972501234567"),
        ("+390236618300", "+390236618300"),
        ("+39236618300", "+39236618300"),
        ("+77011234567", "+77011234567"),
        ("+2348031234567", "+2348031234567"),
        ("+224621234567", "+224621234567"),
        ("551188887777", "551188887777"),
        ("+55 11 8888 7777", "+55 11 8888 7777"),
        ("", ""),
        ("+", "+"),
        (None, None),
    ],
)
def test_match_key(phone_db: psycopg.Connection, e164: str | None, key: str | None) -> None:
    assert match_key(phone_db, e164) == key


def test_match_key_of_a_match_key_is_itself(phone_db: psycopg.Connection) -> None:
    rng = seeded("match keys")
    codes = ["+55", "+52", "+521", "+54", "+549", "+225", "+229", "+241"]
    texts = [rng.choice(codes) + random_digits(rng, rng.randint(6, 13)) for _ in range(50_000)]
    rows = phone_db.execute(
        "select t.e164 from unnest(%s::text[]) t(e164) "
        "where onethread.phone_match_key(onethread.phone_match_key(t.e164)) "
        "is distinct from onethread.phone_match_key(t.e164)",
        (texts,),
    ).fetchall()
    assert rows == []


def test_other_countries_keep_their_numbers(phone_db: psycopg.Connection) -> None:
    rng = seeded("untouched numbers")
    touched = {"BR", "MX", "AR", "CI", "BJ", "GA"}
    texts = [
        f"+{plan.calling_code}{valid_national_number(rng, plan)}"
        for plan in regions()
        for _ in range(100)
        if plan.name not in touched
    ]
    rows = phone_db.execute(
        "select t.e164 from unnest(%s::text[]) t(e164) "
        "where onethread.phone_match_key(t.e164) <> t.e164",
        (texts,),
    ).fetchall()
    assert rows == []
