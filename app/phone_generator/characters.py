"""libphonenumber's ideas of "digit", "letter" and "punctuation", as explicit code points.

PostgreSQL's own classes (`\\d`, `\\w`, case-insensitive matching) depend on the locale of the
database, so none of them is used: each class is worked out here, over all of Unicode 14,
with Python's `re`, and written into the SQL code point by code point. Expressions of the reference
are taken from it and translated, not copied by hand.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from re import _constants as constants  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

from phonenumbers import phonenumberutil as reference

from phone_generator.digit_language import UnsupportedPatternError
from phone_generator.metadata import PHONENUMBERS_VERSION, expect

UNICODE_VERSION = "14.0.0"
"""That of the oldest Python we run on: what came later is left out, so that the files do not depend
on the Python that generates or checks them."""

ASCII_DIGITS = frozenset("0123456789")

# What is taken from the program of the reference, not from its data.
_TAKEN = (
    "_ALPHA_PHONE_MAPPINGS", "_EXTN_PATTERN", "_MAX_INPUT_STRING_LENGTH", "_PLUS_CHARS",
    "_REGEX_FLAGS", "_RFC3966_DOMAINNAME_PATTERN", "_RFC3966_GLOBAL_NUMBER_DIGITS_PATTERN",
    "_VALID_PHONE_NUMBER", "_VALID_PHONE_NUMBER_PATTERN",
)  # fmt: skip


def _read_characters() -> str:
    """Every character of that version that PostgreSQL's text can hold: no NUL, no surrogate."""
    runs = Path(__file__).with_name(f"unicode-{UNICODE_VERSION}.txt").read_text().split()
    ends = [[int(end, 16) for end in run.split("-")] for run in runs]
    return "".join(chr(code) for each in ends for code in range(each[0], each[-1] + 1))


_ALL_TEXT = _read_characters()


def expect_known_program() -> None:
    """The templates follow one program; another one is not their reference."""
    missing = [name for name in _TAKEN if not hasattr(reference, name)]
    expect(
        not missing,
        f"phonenumbers {PHONENUMBERS_VERSION} is too old: the templates follow a later program, "
        f"which has {', '.join(missing)}. Install the version that pyproject.toml names",
    )


@cache
def matching(one_character_pattern: str, flags: int = 0) -> frozenset[str]:
    """Every character that a pattern for one character matches."""
    return frozenset(re.findall(one_character_pattern, _ALL_TEXT, flags))


def decimal_digits() -> list[str]:
    """What Python's `\\d` matches outside ASCII, in blocks of ten: zero to nine of one script."""
    digits = sorted(matching(r"\d") - ASCII_DIGITS)
    blocks = ["".join(digits[start : start + 10]) for start in range(0, len(digits), 10)]
    for block in blocks:
        expect(
            [unicodedata.digit(char, -1) for char in block] == list(range(10))
            and ord(block[9]) - ord(block[0]) == 9,
            f"the digits from U+{ord(block[0]):04X} on are no block of ten",
        )
    return blocks


def words() -> frozenset[str]:
    """Letters and numbers, without the underscore: what may end a number as written."""
    return matching(r"[^\W_]")


def keypad() -> dict[str, str]:
    """Characters that vanity numbers read as a digit, but a to z; the reference upper-cases first.

    So the long s and the dotless i have a key, and digits outside ASCII have none.
    """
    mapping: dict[str, str] = reference._ALPHA_PHONE_MAPPINGS
    return {
        char: mapping[char.upper()]
        for char in _ALL_TEXT
        if char not in ASCII_DIGITS and not "a" <= char <= "z" and char.upper() in mapping
    }


def char_class(characters: Iterable[str], negated: bool = False) -> str:
    """A bracket expression for PostgreSQL: ASCII text only, ranges where there are runs."""
    parts = []
    for low, high in _runs(ord(char) for char in characters):
        if high - low >= 2:
            parts.append(f"{_escaped(low)}-{_escaped(high)}")
        else:
            parts += [_escaped(code) for code in range(low, high + 1)]
    return f"[{'^' if negated else ''}{''.join(parts)}]"


def _runs(codes: Iterable[int]) -> list[tuple[int, int]]:
    result: list[tuple[int, int]] = []
    for code in sorted(codes):
        if result and result[-1][1] == code - 1:
            result[-1] = (result[-1][0], code)
        else:
            result.append((code, code))
    return result


def _escaped(code: int) -> str:
    if code > 0xFFFF:
        return f"\\U{code:08x}"
    if code > 0x7E or code < 0x20:
        return f"\\u{code:04x}"
    character = chr(code)
    return "\\" + character if character in r"\^$.[]|()*+?{}-" else character


# --- expressions of the reference -----------------------------------------------------------------


def viable_number() -> str:
    """What can be a phone number at all, with or without an extension, as a whole."""
    return _whole(reference._VALID_PHONE_NUMBER_PATTERN)


def viable_number_without_extension() -> str:
    """The same without the extension. Shorter, so it is asked first."""
    return _whole(re.compile(reference._VALID_PHONE_NUMBER, reference._REGEX_FLAGS))


def extension_at_end() -> str:
    """An extension, up to the end of the text."""
    return _translated(reference._EXTN_PATTERN.pattern, reference._REGEX_FLAGS)


def extension_labels_at_end() -> dict[int, str]:
    """What stands before the digits of an extension that has no # after them, up to the end.

    The digits are what makes the expression for a whole extension slow. Each of its alternatives is
    a label, digits and perhaps a #; here the labels are taken out of it, those that allow so many
    digits: most digits -> expression, the shortest first.
    """
    flags = reference._REGEX_FLAGS
    labels: list[tuple[int, str]] = []
    for items in _extension_alternatives():
        required_hash = items[-1] == (constants.LITERAL, ord("#"))
        if required_hash or items[-1][0] is constants.MAX_REPEAT:
            items = items[:-1]
        operator, argument = items[-1]
        expect(operator is constants.SUBPATTERN, "an extension does not end with its digits")
        ((repeat, (least, most, _)),) = argument[3]
        expect(repeat is constants.MAX_REPEAT and least == 1, "digits of an extension")
        if not required_hash:
            labels.append((most, _sequence(items[:-1], flags)))
    return {
        digits: f"(?:{'|'.join(label for most, label in labels if most >= digits)})$"
        for digits in sorted({most for most, _ in labels})
    }


def _extension_alternatives() -> list[list[tuple[Any, Any]]]:
    """The parsed alternatives of the reference's `(?:...|...|...)$`."""
    items = list(parser.parse(reference._EXTN_PATTERN.pattern, re.IGNORECASE))
    expect(
        len(items) == 2
        and items[1] == (constants.AT, constants.AT_END)
        and items[0][0] in (constants.SUBPATTERN, constants.BRANCH),
        "the expression for extensions has a new form",
    )
    operator, argument = items[0]
    if operator is constants.SUBPATTERN:
        ((operator, argument),) = argument[3]
    expect(operator is constants.BRANCH, "the expression for extensions has a new form")
    return [list(branch) for branch in argument[1]]


def extension_triggers() -> frozenset[str]:
    """Characters of which every extension has at least one: a cheap test that spares the rest."""
    triggers = frozenset(
        other
        for char in ";,#~xi\uff03\uff5e\uff58\uff49\u0434"
        for other in matching(re.escape(char), reference._REGEX_FLAGS)
    )
    expect(
        not _can_avoid(parser.parse(reference._EXTN_PATTERN.pattern), triggers),
        "an extension can be written without any of the trigger characters",
    )
    return triggers


def context_number() -> str:
    """An RFC 3966 phone-context that is the beginning of a number."""
    return _whole(reference._RFC3966_GLOBAL_NUMBER_DIGITS_PATTERN)


def context_domain() -> str:
    """An RFC 3966 phone-context that is a domain name."""
    return _whole(reference._RFC3966_DOMAINNAME_PATTERN)


def plus_signs() -> frozenset[str]:
    """The plus sign and its full-width form."""
    return matching(f"[{reference._PLUS_CHARS}]")


def _whole(pattern: re.Pattern[str]) -> str:
    """For `fullmatch`: anchors of the pattern's own add nothing."""
    text = _translated(pattern.pattern, pattern.flags).removeprefix("^").removesuffix("$")
    return f"^(?:{text})$"


def _translated(pattern: str, flags: int) -> str:
    """A Python expression as a PostgreSQL one, for text whose decimal digits are 0-9 already.

    Only used where any way to match the whole rest of the text is as good as another, so it does
    not matter that the two engines prefer different ones.
    """
    return _sequence(parser.parse(pattern, flags & ~re.UNICODE), flags)


def _sequence(items: Iterable[tuple[Any, Any]], flags: int) -> str:
    return "".join(_item(operator, argument, flags) for operator, argument in items)


def _item(operator: Any, argument: Any, flags: int) -> str:
    if operator is constants.LITERAL:
        return _character(matching(re.escape(chr(argument)), flags))
    if operator is constants.IN:
        return _character(_members(argument, flags))
    if operator is constants.SUBPATTERN:
        return _sequence(argument[3], flags)  # what it captures is never asked for
    if operator is constants.BRANCH:
        return f"(?:{'|'.join(_sequence(branch, flags) for branch in argument[1])})"
    if operator is constants.MAX_REPEAT:
        least, most, repeated = argument
        text = _sequence(repeated, flags)
        if not _is_atom(repeated):
            text = f"(?:{text})"
        return text + _quantifier(least, most)
    if operator is constants.AT and argument is constants.AT_END:
        return "$"
    if operator is constants.AT and argument is constants.AT_BEGINNING:
        return "^"
    raise UnsupportedPatternError(f"{operator} in an expression of the reference")


def _is_atom(items: Any) -> bool:
    """Whether a quantifier can follow without a group around the items."""
    while len(items) == 1 and items[0][0] is constants.SUBPATTERN:
        items = items[0][1][3]
    return len(items) == 1 and items[0][0] in (
        constants.LITERAL,
        constants.IN,
        constants.BRANCH,
    )


def _character(characters: frozenset[str]) -> str:
    if len(characters) == 1:
        return _escaped(ord(next(iter(characters))))
    return char_class(characters)


def _members(members: Iterable[tuple[Any, Any]], flags: int) -> frozenset[str]:
    result: frozenset[str] = frozenset()
    for operator, argument in members:
        if operator is constants.LITERAL:
            result |= matching(re.escape(chr(argument)), flags)
        elif operator is constants.RANGE:
            low, high = (re.escape(chr(code)) for code in argument)
            result |= matching(f"[{low}-{high}]", flags)
        elif operator is constants.CATEGORY and argument is constants.CATEGORY_DIGIT:
            result |= ASCII_DIGITS
        else:
            raise UnsupportedPatternError(
                f"{operator} {argument} in an expression of the reference"
            )
    return result


def _quantifier(least: int, most: Any) -> str:
    if most is constants.MAXREPEAT:
        return {0: "*", 1: "+"}.get(least, f"{{{least},}}")
    if (least, most) == (0, 1):
        return "?"
    return f"{{{least}}}" if least == most else f"{{{least},{most}}}"


def _can_avoid(items: Iterable[tuple[Any, Any]], avoided: frozenset[str]) -> bool:
    """Whether something matches without using any of the characters to be avoided."""
    for operator, argument in items:
        if operator is constants.LITERAL:
            possible = chr(argument) not in avoided
        elif operator is constants.IN:
            possible = not all(
                member is constants.LITERAL and chr(value) in avoided for member, value in argument
            )
        elif operator is constants.SUBPATTERN:
            possible = _can_avoid(argument[3], avoided)
        elif operator is constants.BRANCH:
            possible = any(_can_avoid(branch, avoided) for branch in argument[1])
        elif operator is constants.MAX_REPEAT:
            possible = argument[0] == 0 or _can_avoid(argument[2], avoided)
        else:
            possible = True
        if not possible:
            return False
    return True
