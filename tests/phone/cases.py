"""Inputs for the comparison with libphonenumber: (text, default region, kind of case).

Some families are complete (examples in every format, all short strings, both sides of every
interval of the metadata), the others are random and depend on nothing but their seed.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from re import _constants as constants  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any, NamedTuple

import phonenumbers
from phonenumbers import PhoneNumber, PhoneNumberFormat, PhoneNumberType

from phone_generator.digit_language import Intervals
from phone_generator.metadata import LENGTHS, Plan
from tests.phone.nasty import NASTY
from tests.phone.numbers import numbering_plans, regions, valid_national_number
from tests.phone.seeded import seeded
from tests.phone.spellings import (
    DIGITS,
    other_digits,
    random_digits,
    tel_uri,
    vanity,
    with_extension,
)


class Case(NamedTuple):
    raw: str
    region: str | None
    kind: str


FORMATS = (
    PhoneNumberFormat.E164,
    PhoneNumberFormat.INTERNATIONAL,
    PhoneNumberFormat.NATIONAL,
    PhoneNumberFormat.RFC3966,
)
TYPES = [value for value in PhoneNumberType.values() if value != PhoneNumberType.UNKNOWN]
BAD_REGIONS = ("ZZ", "001", "il", "XX", "", "USA", "us", "EU")
FOREIGN_REGIONS = ("IL", "US", "GB", "IT", "BR", "AR", "MX", "DE", "CN", "RU", "TT", "KZ", "ZZ")

LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
COMMON_PUNCTUATION = " -().//~"
PUNCTUATION = COMMON_PUNCTUATION + (
    "[]xX\u2010\u2011\u2013\u2014\u2212\u30fc\uff0d\uff0f\u00a0\u00ad\u200b\u2060\u3000"
    "\uff08\uff09\uff3b\uff3d\uff0e\u2053\u223c\uff5e*"
)
JUNK = (
    "+\uff0b#;,:=@_!?&\t\n\r\u200e\u200f\u202a\u202c\u2066\u2069\ufeff\u0301\u05d0\u0627\u4e00"
    "\u00e9\u00b2\u2460\u00bd\u0130\u0131\u017f\u212a\u00df\u0436\U0001f600"
)


# --- numbers --------------------------------------------------------------------------------------


@cache
def examples() -> list[tuple[str, PhoneNumber]]:
    """The metadata's own examples: per region and type, an invalid one, and non-geographic ones."""
    result = []
    for plan in regions():
        numbers = [phonenumbers.example_number_for_type(plan.name, kind) for kind in TYPES]
        numbers.append(phonenumbers.invalid_example_number(plan.name))
        result += [(plan.name, number) for number in numbers if number is not None]
    for plan in numbering_plans().plans:
        if not plan.is_region:
            number = phonenumbers.example_number_for_non_geo_entity(plan.calling_code)
            if number is not None:
                result.append(("001", number))
    return result


@cache
def _parsed(pattern: str) -> Any:
    return parser.parse(pattern)


def random_member(rng: random.Random, pattern: str | None) -> str:
    """A random text that a pattern of the metadata matches."""
    return _random_member(rng, _parsed(pattern)) if pattern else ""


def _random_member(rng: random.Random, items: Iterable[tuple[Any, Any]]) -> str:
    result = ""
    for operator, argument in items:
        if operator is constants.LITERAL:
            result += chr(argument)
        elif operator is constants.IN:
            options: list[str] = []
            for member, value in argument:
                if member is constants.LITERAL:
                    options.append(chr(value))
                elif member is constants.RANGE:
                    options += [chr(code) for code in range(value[0], value[1] + 1)]
                else:
                    options += DIGITS
            result += rng.choice(options)
        elif operator is constants.SUBPATTERN:
            result += _random_member(rng, argument[3])
        elif operator is constants.BRANCH:
            result += _random_member(rng, rng.choice(argument[1]))
        elif operator is constants.MAX_REPEAT:
            for _ in range(rng.randint(argument[0], min(argument[1], 20))):
                result += _random_member(rng, argument[2])
    return result


def national_number(rng: random.Random, plan: Plan) -> str:
    """Valid, of the plan's shape, of a possible length, or of any length."""
    meta = plan.metadata
    described = [
        desc.national_number_pattern
        for desc in (plan.general, meta.mobile, meta.fixed_line, meta.toll_free)
        if desc and desc.national_number_pattern
    ]
    draw = rng.random()
    if draw < 0.2:
        return valid_national_number(rng, plan)
    if draw < 0.7:
        return random_member(rng, rng.choice(described))
    if draw < 0.9:
        lengths = [*plan.general.possible_length, *plan.general.possible_length_local_only]
        return random_digits(rng, rng.choice(lengths))
    return random_digits(rng, rng.randint(1, 20))


def dialled_number(rng: random.Random, plan: Plan) -> str:
    """A number as dialled: with prefixes, calling codes, wrong ones, several of them."""
    meta = plan.metadata
    code = str(plan.calling_code)
    national = national_number(rng, plan)
    prefix = random_member(rng, meta.national_prefix_for_parsing).removesuffix("$")
    other = rng.choice(regions())
    abroad = random_member(rng, meta.international_prefix)
    return rng.choice(
        [
            national,
            national,
            national,
            prefix + national,
            prefix + national,
            (meta.national_prefix or "0") + prefix + national,
            f"+{code}{national}",
            f"+{code}{national}",
            f"{code}{national}",
            f"{code}{prefix}{national}",
            f"+{code}{prefix}{national}",
            abroad + rng.choice([str(other.calling_code), code, "0", "1", "999", ""]) + national,
            f"+{abroad}{code}{national}",
            rng.choice(["++", "+0", "+", "00", "011", "0011", "+00", "000"]) + code + national,
            national + random_digits(rng, rng.randint(1, 6)),
        ]
    )


# --- spellings ------------------------------------------------------------------------------------


def punctuated(rng: random.Random, text: str) -> str:
    result = ""
    for char in text:
        if rng.random() < 0.25:
            result += rng.choice(COMMON_PUNCTUATION if rng.random() < 0.7 else PUNCTUATION)
        result += char
    return result


def mutated(rng: random.Random, text: str) -> str:
    """One to three characters inserted, removed or replaced."""
    chars = list(text)
    for _ in range(rng.randint(1, 3)):
        position = rng.randrange(len(chars) + 1)
        pool = rng.choice([DIGITS] * 4 + [PUNCTUATION, PUNCTUATION, JUNK, JUNK, LETTERS])
        draw = rng.random()
        if draw < 0.4 or not chars:
            chars.insert(position, rng.choice(pool))
        elif draw < 0.7:
            chars.pop(min(position, len(chars) - 1))
        else:
            chars[min(position, len(chars) - 1)] = rng.choice(pool)
    return "".join(chars)


def wrapped(rng: random.Random, text: str) -> str:
    before = ["Tel: ", "(", "\u202a", "\u200f", "call ", "\u05d8\u05dc: ", "~", "#", "*", "  ",
              "whatsapp:", "https://wa.me/"]  # fmt: skip
    after = ["", " ", ".", ")", "\u202c", "\u200e", " \U0001f600", " \u05d0", " home", "?", "\n",
             "_", "\u0301", " / x12", " \\x12", "\u00b2", "@s.whatsapp.net"]  # fmt: skip
    return rng.choice(before) + text + rng.choice(after)


def noise(rng: random.Random) -> str:
    pools = [DIGITS] * 5 + [PUNCTUATION, JUNK, LETTERS, "+\uff0b;,#x/ "]
    return "".join(rng.choice(rng.choice(pools)) for _ in range(rng.randint(0, 25)))


# --- families of cases ----------------------------------------------------------------------------


def random_region(rng: random.Random, own: str) -> str | None:
    draw = rng.random()
    if draw < 0.55 and own != "001":
        return own
    if draw < 0.70:
        return "IL"
    if draw < 0.78:
        return "US"
    if draw < 0.94:
        return rng.choice(regions()).name
    return rng.choice([None, *BAD_REGIONS])


def random_case(rng: random.Random) -> Case:
    if rng.random() < 0.3:
        own, number = rng.choice(examples())
        text = phonenumbers.format_number(number, rng.choice(FORMATS))
        plan = next((plan for plan in regions() if plan.name == own), regions()[0])
    else:
        plan = rng.choice(regions())
        own, text = plan.name, dialled_number(rng, plan)
    spellings: dict[str, tuple[int, Callable[[], str]]] = {
        "plain": (35, lambda: text),
        "punctuated": (10, lambda: punctuated(rng, text)),
        "other digits": (7, lambda: other_digits(rng, text)),
        "mutated": (12, lambda: mutated(rng, text)),
        "vanity": (5, lambda: vanity(rng, text)),
        "extension": (9, lambda: with_extension(rng, text)),
        "tel uri": (5, lambda: tel_uri(rng, text, plan)),
        "mutated, punctuated": (5, lambda: mutated(rng, punctuated(rng, text))),
        "wrapped": (3, lambda: wrapped(rng, text)),
        "mutated extension": (3, lambda: mutated(rng, with_extension(rng, punctuated(rng, text)))),
        "mutated tel uri": (2, lambda: mutated(rng, tel_uri(rng, text, plan))),
        "noise": (2, lambda: noise(rng)),
        "long": (1, lambda: text + random_digits(rng, rng.choice([230, 236, 240, 245, 250]))),
        "everything": (
            1,
            lambda: other_digits(rng, mutated(rng, punctuated(rng, vanity(rng, text)))),
        ),
    }
    weights = [weight for weight, _ in spellings.values()]
    kind = rng.choices(list(spellings), weights)[0]
    raw = spellings[kind][1]().replace("\0", "")
    return Case(raw, random_region(rng, own), kind)


def random_cases(seed: int, count: int) -> Iterator[Case]:
    rng = seeded(seed)
    return (random_case(rng) for _ in range(count))


def example_cases(foreign: Sequence[str] = FOREIGN_REGIONS) -> Iterator[Case]:
    """Every example in some 14 written forms, read in its own and in other regions."""
    for own, number in examples():
        e164, international, national, uri = (
            phonenumbers.format_number(number, form) for form in FORMATS
        )
        code = number.country_code
        forms = [
            e164, international, national, uri, e164[1:], f"00{e164[1:]}", f"011{e164[1:]}",
            f"0{e164[1:]}", "".join(filter(str.isdigit, national)), national.replace(" ", "-"),
            f"tel:{national};phone-context=+{code}", f"{national} ext. 5", f"{national};ext=5",
            international.replace("+", "\uff0b"), f"+{code} (0){national}",
        ]  # fmt: skip
        readers = dict.fromkeys([own if own != "001" else "US", *foreign])
        for raw in dict.fromkeys(forms):
            for region in readers:
                yield Case(raw, region, "example")


def short_cases(longest: int, names: Sequence[str | None]) -> Iterator[Case]:
    """All digit strings up to a length, with and without a plus sign."""
    for region in names:
        for size in range(longest + 1):
            for digits in itertools.product(DIGITS, repeat=size):
                text = "".join(digits)
                yield Case(text, region, "short")
                yield Case(f"+{text}", region, "short")


def _edges(intervals: Intervals, length: int) -> Iterator[str]:
    """Both ends of each interval and their neighbours outside."""
    for low, high in intervals:
        for value in (low - 1, low, high, high + 1):
            if 0 <= value < 10**length:
                yield str(value).zfill(length)


def boundary_cases() -> Iterator[Case]:
    """Both sides of every interval of valid numbers and of every plan's shape."""
    plans = numbering_plans()
    for code, names in plans.regions_of_code.items():
        valid = plans.valid_numbers(code)
        sharing = [plan for plan in plans.plans if plan.calling_code == code]
        own = [name for name in names if name != "001"]
        for length in LENGTHS:
            numbers = set(_edges(valid[length], length))
            for plan in sharing:
                numbers.update(_edges(plan.general_numbers[length], length))
            for number in sorted(numbers):
                yield Case(f"+{code}{number}", "US", "boundary")
                for region in dict.fromkeys(own[:1] + own[-1:]):
                    yield Case(number, region, "boundary")
                if own:
                    yield Case(f"{code}{number}", own[0], "boundary")


def prefix_cases(seed: int, tries: int) -> Iterator[Case]:
    """National, international and carrier prefixes before numbers at the edge of a plan's shape."""
    rng = seeded(seed)
    for plan in regions():
        meta = plan.metadata
        code = plan.calling_code
        for length in LENGTHS:
            for number in _edges(plan.general_numbers[length], length):
                for _ in range(tries):
                    prefix = random_member(rng, meta.national_prefix_for_parsing)
                    abroad = random_member(rng, meta.international_prefix)
                    middle = rng.choice(["0", "1", "15"])
                    yield from (
                        Case(raw, plan.name, "prefix")
                        for raw in (
                            prefix + number,
                            f"{code}{prefix}{number}",
                            f"{abroad}{code}{prefix}{number}",
                            f"{abroad}0{number}",
                            (prefix + number)[:-1],
                            f"{number}{rng.choice(DIGITS)}",
                            f"{middle}{number}",
                            f"{number[:3]}{middle}{number[3:]}",
                        )
                    )


CODE_POINT_TEMPLATES = (
    ("050{}2345678", "IL"),
    ("{}0502345678", "IL"),
    ("0502345678{}", "IL"),
    ("1-800-FLO{}ERS", "US"),
    ("0502345678 e{}t 5", "IL"),
    ("0502345678{}5", "IL"),
    ("0502345678 {} 5#", "IL"),
    ("tel:0502345678;phone-context=a{}b", "IL"),
    ("0502345678 /{}x5", "IL"),
    ("{}972502345678", "IL"),
    ("0{}", "IL"),
)


def code_point_cases(step: int = 1, start: int = 1, stop: int = 0x110000) -> Iterator[Case]:
    """Every (or every so many-th) character of Unicode in places where characters matter."""
    for code in range(start, stop, step):
        if not 0xD800 <= code <= 0xDFFF:
            for template, region in CODE_POINT_TEMPLATES:
                yield Case(template.format(chr(code)), region, "code point")


def nasty_cases() -> Iterator[Case]:
    """Inputs written by hand because something about them is easy to get wrong."""
    for region, texts in NASTY.items():
        for raw in texts:
            for name in dict.fromkeys([*region.split(","), "IL", "US", "DE", "IT", None]):
                yield Case(raw, name or None, "nasty")
