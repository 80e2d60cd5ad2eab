"""Phone numbers to test and to measure with, and what libphonenumber says about them.

The reference is the Python port, `phonenumbers`. Its cache of compiled patterns is switched on:
without it the port recompiles patterns as soon as a few dozen regions are mixed, and would be an
easy opponent.
"""

from __future__ import annotations

import random
from functools import cache

import phonenumbers
from phonenumbers import re_util

from phone_generator.metadata import LENGTHS, NumberingPlans, Plan

re_util.enable_pattern_cache()

POSSIBLE = phonenumbers.ValidationResult.IS_POSSIBLE
LOCAL_ONLY = phonenumbers.ValidationResult.IS_POSSIBLE_LOCAL_ONLY


@cache
def numbering_plans() -> NumberingPlans:
    return NumberingPlans()


@cache
def regions() -> tuple[Plan, ...]:
    return tuple(plan for plan in numbering_plans().plans if plan.is_region)


def reference_parse(raw: str | None, region: str | None) -> tuple[str | None, str]:
    """(E.164 as parsed, status), as libphonenumber has it."""
    try:
        number = phonenumbers.parse(raw, region)  # type: ignore[arg-type]
    except phonenumbers.NumberParseException:
        return None, "unparseable"
    e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    if phonenumbers.is_valid_number(number):
        return e164, "valid"
    reason = phonenumbers.is_possible_number_with_reason(number)
    return e164, {POSSIBLE: "possible", LOCAL_ONLY: "local_only"}.get(reason, "impossible")


def reference_normalize(raw: str, region: str | None) -> str | None:
    """What normalize_phone() must return, with no more work than that takes."""
    try:
        number = phonenumbers.parse(raw, region)
    except phonenumbers.NumberParseException:
        return None
    if (
        phonenumbers.is_valid_number(number)
        or phonenumbers.is_possible_number_with_reason(number) == POSSIBLE
    ):
        return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return None


def reference_e164(raw: str, region: str | None) -> str | None:
    """Only parse and format: the least that can be asked of the reference."""
    try:
        number = phonenumbers.parse(raw, region)
    except phonenumbers.NumberParseException:
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


@cache
def _stretches(plan: Plan) -> tuple[tuple[int, int, int], ...]:
    return tuple(
        (length, low, high) for length in LENGTHS for low, high in plan.typed_numbers[length]
    )


def valid_national_number(rng: random.Random, plan: Plan) -> str:
    """A valid number of a plan, without prefixes; every stretch of the plan is as likely."""
    length, low, high = rng.choice(_stretches(plan))
    return str(rng.randint(low, high)).zfill(length)
