"""Patterns become exactly the digit strings they match."""

from __future__ import annotations

import itertools
import re

import pytest

from phone_generator.digit_language import (
    DigitLanguage,
    Intervals,
    UnsupportedPatternError,
    difference,
    intersection,
    union,
)
from tests.phone.seeded import seeded

PATTERNS = [
    "",
    "0",
    "\\d",
    "[1-9]",
    "5[01]\\d",
    "(?:1|22|333)\\d?",
    "0(?:0|1(?:05|[2-9]))",
    "[2-9]\\d{2,4}",
    "1\\d{3}|2(?:0[1-3]|4\\d)?|\\d{5}",
    "(?:[13-57]|8[0-2]?){1,3}",
    "0{4}|9?9?9",
    "(?:12)?(?:34)?5",
]


def members(intervals: Intervals, length: int) -> set[str]:
    return {str(value).zfill(length) for low, high in intervals for value in range(low, high + 1)}


def all_digits(length: int) -> list[str]:
    return ["".join(digits) for digits in itertools.product("0123456789", repeat=length)]


@pytest.mark.parametrize("pattern", PATTERNS)
def test_intervals_are_the_matches(pattern: str) -> None:
    numbers = DigitLanguage(pattern)
    for length in range(1, 6):
        expected = {text for text in all_digits(length) if re.fullmatch(pattern, text)}
        assert members(numbers.of_length(length), length) == expected


@pytest.mark.parametrize("pattern", PATTERNS)
def test_starting_of_length_is_match_without_an_end(pattern: str) -> None:
    numbers = DigitLanguage(pattern)
    for length in range(1, 5):
        expected = {text for text in all_digits(length) if re.match(pattern, text)}
        assert members(numbers.starting_of_length(length), length) == expected


@pytest.mark.parametrize("pattern", [pattern for pattern in PATTERNS if pattern])
def test_heads_are_how_matches_begin(pattern: str) -> None:
    long_enough = [text for text in all_digits(5) if (m := re.match(pattern, text)) and m[0]]
    assert list(DigitLanguage(pattern).heads(2)) == sorted({text[:2] for text in long_enough})


def test_intervals_are_sorted_and_apart() -> None:
    intervals = DigitLanguage("(?:1[0-4]|15|2\\d|9)\\d").of_length(3)
    assert intervals == [(100, 159), (200, 299)]


@pytest.mark.parametrize(
    "pattern",
    ["a", "\\w", "[a-z]", "1*", "1+", "^1", "1$", "(?=1)1", "[^1]", ".", "1{2,}", "(?!0)1"],
)
def test_unknown_constructs_are_refused(pattern: str) -> None:
    with pytest.raises(UnsupportedPatternError):
        DigitLanguage(pattern)


def test_set_operations_are_those_of_sets() -> None:
    rng = seeded("intervals")
    for _ in range(500):
        left = {rng.randrange(40) for _ in range(rng.randrange(30))}
        right = {rng.randrange(40) for _ in range(rng.randrange(30))}
        for operation, expected in (
            (union, left | right),
            (intersection, left & right),
            (difference, left - right),
        ):
            assert operation(intervals_of(left), intervals_of(right)) == intervals_of(expected)


def intervals_of(values: set[int]) -> Intervals:
    result: Intervals = []
    for value in sorted(values):
        if result and result[-1][1] == value - 1:
            result[-1] = (result[-1][0], value)
        else:
            result.append((value, value))
    return result
