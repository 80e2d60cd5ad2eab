"""typed_phone(): what bare digits mean, in every region. libphonenumber says what a number is."""

from __future__ import annotations

import random
from collections.abc import Iterator

import phonenumbers
import psycopg
from phonenumbers import PhoneNumberType

from phone_generator.metadata import Plan
from tests.phone.conftest import SEED
from tests.phone.numbers import reference_parse, regions, valid_national_number
from tests.phone.seeded import seeded

Case = tuple[str, str]


def test_mobile_numbers_with_their_calling_code_are_international_everywhere(
    phone_db: psycopg.Connection,
) -> None:
    cases = list(_cases())

    read = _read(phone_db, cases)

    for (digits, region), phone in zip(cases, read, strict=True):
        assert phone == _expected(digits, region), (digits, region)


def test_only_germany_indonesia_and_kosovo_read_otherwise_than_the_plan_says(
    phone_db: psycopg.Connection,
) -> None:
    cases = list(_cases())

    changed = {
        (digits, region)
        for (digits, region), phone in zip(cases, _read(phone_db, cases), strict=True)
        if phone != _by_plan(digits, region)
    }

    assert {region for _, region in changed} == {"DE", "ID", "XK"}
    trunks = {plan.name: plan.metadata.national_prefix for plan in regions()}
    assert not [1 for digits, region in changed if digits.startswith(trunks[region] or "?")]


def test_a_whatsapp_id_that_no_plan_knows_is_read_when_nothing_else_is(
    phone_db: psycopg.Connection,
) -> None:
    ids = [("5215512345678", "MX"), ("22507123456", "CI"), ("22997123456", "BJ")]

    assert _read(phone_db, ids) == [f"+{digits}" for digits, _ in ids]


def test_more_than_fifteen_digits_are_nobody(phone_db: psycopg.Connection) -> None:
    cases = [
        ("+2782093025461110", "FI"),
        ("2782093025461110", "DE"),
        ("+49 1511234567890123", "DE"),
    ]

    assert _read(phone_db, cases) == [None, None, None]


def _read(connection: psycopg.Connection, cases: list[Case]) -> list[str | None]:
    return [
        phone
        for (phone,) in connection.execute(
            "select onethread.typed_phone(c.digits, c.region) "
            "from unnest(%s::text[], %s::text[]) with ordinality as c (digits, region, n) "
            "order by c.n",
            [list(column) for column in zip(*cases, strict=True)],
        )
    ]


def _cases() -> Iterator[Case]:
    """Numbers of every region: alone, after the trunk prefix, the calling code, or both."""
    rng = seeded(SEED)
    for plan in regions():
        trunk = plan.metadata.national_prefix or ""
        code = str(plan.calling_code)
        for national in _nationals(rng, plan):
            for digits in (national, trunk + national, code + national, trunk + code + national):
                yield digits, plan.name


def _nationals(rng: random.Random, plan: Plan) -> Iterator[str]:
    for _ in range(15):
        yield valid_national_number(rng, plan)
    example = phonenumbers.example_number_for_type(plan.name, PhoneNumberType.MOBILE)
    if example is not None:
        mobile = phonenumbers.national_significant_number(example)
        for _ in range(15):
            yield mobile[:-4] + f"{rng.randrange(10_000):04}"


def _by_plan(digits: str, region: str) -> str | None:
    """Valid in the region, else valid as international, else possible in the region; 15 digits."""
    phone, status = reference_parse(digits, region)
    if status != "valid":
        abroad, abroad_status = reference_parse(f"+{digits}", None)
        if abroad_status == "valid":
            phone = abroad
        elif status != "possible":
            phone = None
    return phone if phone is not None and len(phone) <= 16 else None


def _expected(digits: str, region: str) -> str | None:
    """As _by_plan(), but for a mobile number of the region with its calling code before it."""
    metadata = phonenumbers.PhoneMetadata.metadata_for_region(region)
    code, trunk = str(metadata.country_code), metadata.national_prefix
    rest = digits[len(code) :]
    if trunk and not digits.startswith(trunk) and digits.startswith(code) and len(rest) >= 8:
        number = phonenumbers.PhoneNumber(
            country_code=metadata.country_code, national_number=int(rest)
        )
        if (
            not rest.startswith("0")
            and phonenumbers.is_valid_number_for_region(number, region)
            and phonenumbers.number_type(number) == PhoneNumberType.MOBILE
        ):
            return f"+{digits}"
    return _by_plan(digits, region)
