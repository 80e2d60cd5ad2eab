"""National and international prefixes, sorted into the few kinds of rule that occur.

The metadata gives a regular expression for what may stand before a national number ("0", Brazil's
carrier codes, ...) and sometimes how the match is rewritten. Nearly all of them are a literal, or a
local number of an island that gets its area code; those need no regular expression at run time.
What remains is matched by PostgreSQL, which differs from the reference in one way that matters:
POSIX alternation takes the longest match, Perl's the first. So alternatives are tried one by one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from re import _constants as constants  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

from phone_generator.digit_language import UnsupportedPatternError, language
from phone_generator.metadata import Plan, expect

MAX_LITERALS = 8
"""More spellings of a prefix than this are left to a regular expression."""

_AREA_CODE_RULE = re.compile(
    r"\((?P<first>\[[-\d]+\]|\d)\\d\{(?P<rest>\d+)\}\)\$(?:\|(?P<literals>.*))?"
)


@dataclass(frozen=True)
class SingleDigit:
    """One digit, nothing rewritten: most of the world."""

    digit: str


@dataclass(frozen=True)
class Literals:
    """A short list of fixed prefixes, in the order they are tried."""

    prefixes: tuple[str, ...]


@dataclass(frozen=True)
class AreaCode:
    """A number of exactly `length` digits is local and gets `area_code`; else fixed prefixes."""

    length: int
    first_digits: str
    area_code: str
    prefixes: tuple[str, ...]


@dataclass(frozen=True)
class Pattern:
    """Needs a regular expression; `alternatives` in the order they are tried."""

    alternatives: tuple[str, ...]
    transform: str | None
    first_digits: str


NationalPrefix = SingleDigit | Literals | AreaCode | Pattern


def national_prefix(plan: Plan) -> NationalPrefix | None:
    """How a plan's national prefix is recognized; None where numbers have none."""
    pattern = plan.metadata.national_prefix_for_parsing
    transform = plan.metadata.national_prefix_transform_rule
    if not pattern:
        return None
    if not transform:
        if re.fullmatch(r"\d", pattern):
            return SingleDigit(pattern)
        prefixes = _literals(pattern)
        if prefixes is not None:
            return Literals(prefixes)
    else:
        area_code = _area_code(pattern, transform)
        if area_code is not None:
            return area_code
    _expect_known_transform(plan, pattern, transform)
    return Pattern(
        alternatives=_top_level_alternatives(pattern),
        transform=transform,
        first_digits=_first_digits(pattern),
    )


def _literals(pattern: str) -> tuple[str, ...] | None:
    """The fixed texts a pattern stands for in order of preference, None if it captures any."""
    if re.compile(pattern).groups:
        return None
    try:
        spellings = _spellings(parser.parse(pattern))
    except UnsupportedPatternError:
        return None
    if len(spellings) > MAX_LITERALS or "" in spellings:
        return None
    return tuple(dict.fromkeys(spellings))


def _spellings(items: Iterable[tuple[Any, Any]]) -> list[str]:
    """Everything a pattern without groups matches, most preferred first."""
    result = [""]
    for operator, argument in items:
        if operator is constants.LITERAL:
            options = [chr(argument)]
        elif operator is constants.IN:
            options = []
            for member, value in argument:
                if member is constants.LITERAL:
                    options.append(chr(value))
                elif member is constants.RANGE:
                    options += [chr(code) for code in range(value[0], value[1] + 1)]
                else:
                    raise UnsupportedPatternError("a category is not a short list of spellings")
        elif operator is constants.BRANCH:
            options = [text for branch in argument[1] for text in _spellings(branch)]
        elif operator is constants.SUBPATTERN:
            options = _spellings(argument[3])
        elif operator is constants.MAX_REPEAT and argument[:2] == (0, 1):
            options = [*_spellings(argument[2]), ""]
        else:
            raise UnsupportedPatternError(f"{operator} is not a short list of spellings")
        result = [before + option for before in result for option in options]
        if len(result) > 1000:
            raise UnsupportedPatternError("not a short list of spellings")
    return result


def _area_code(pattern: str, transform: str) -> AreaCode | None:
    shape = _AREA_CODE_RULE.fullmatch(pattern)
    rewritten = re.fullmatch(r"(\d+)\\1", transform)
    if shape is None or rewritten is None:
        return None
    prefixes = _literals(shape["literals"]) if shape["literals"] else ()
    if prefixes is None:
        return None
    first = [digit for digit in "0123456789" if re.fullmatch(shape["first"], digit)]
    return AreaCode(int(shape["rest"]) + 1, "".join(first), rewritten[1], prefixes)


def _expect_known_transform(plan: Plan, pattern: str, transform: str | None) -> None:
    """The SQL rewrites when the last group took part; a transform must be digits and groups."""
    if transform is None:
        return
    groups = re.compile(pattern).groups
    expect(
        re.fullmatch(r"(?:\\[1-9]|\d)+", transform) is not None,
        f"{plan.name}: transform rule {transform!r}",
    )
    used = [int(number) for number in re.findall(r"\\([1-9])", transform)]
    expect(groups > 0, f"{plan.name}: a transform rule but no groups in {pattern!r}")
    expect(max(used, default=0) <= groups, f"{plan.name}: transform rule {transform!r}")


def _top_level_alternatives(pattern: str) -> tuple[str, ...]:
    """`a|b(c|d)` is `a`, `b(c|d)`."""
    result = [""]
    depth = 0
    for piece in re.findall(r"\\.|\[[^\]]*\]|.", pattern):
        if piece == "(":
            depth += 1
        elif piece == ")":
            depth -= 1
        if piece == "|" and depth == 0:
            result.append("")
        else:
            result[-1] += piece
    expect("|".join(result) == pattern and depth == 0, f"cannot split {pattern!r}")
    return tuple(result)


def _first_digits(pattern: str) -> str:
    """The digits that a non-empty match can begin with."""
    return "".join(language(pattern.replace(")$", ")")).heads(1))


@dataclass(frozen=True)
class InternationalPrefix:
    """What is dialled before a calling code: a literal, or a pattern and how it can begin."""

    pattern: str
    heads: tuple[str, ...]

    @cached_property
    def has_plain_00(self) -> bool:
        """Whether the prefix of a number that begins with 00 is always just 00."""
        numbers = language(self.pattern)
        return numbers.of_length(2)[:1] == [(0, 0)] and not any(
            low < 10 ** (length - 2)
            for length in range(3, 20)
            for low, _ in numbers.of_length(length)
        )


def international_prefix(plan: Plan) -> InternationalPrefix | None:
    """A plan's international prefix; non-geographic plans have none."""
    pattern = plan.metadata.international_prefix
    if not pattern:
        return None
    expect(
        not re.compile(pattern).groups and not re.match(pattern, ""),
        f"{plan.name}: international prefix {pattern!r}",
    )
    return InternationalPrefix(pattern, tuple(language(pattern).heads(2)))
