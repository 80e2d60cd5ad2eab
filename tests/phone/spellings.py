"""Ways in which phone numbers are written, to test and to measure with."""

from __future__ import annotations

import random

from phone_generator.characters import decimal_digits
from phone_generator.metadata import Plan
from tests.phone.numbers import regions, valid_national_number

DIGITS = "0123456789"
KEYS = {"2": "ABC", "3": "DEF", "4": "GHI", "5": "JKL", "6": "MNO", "7": "PQRS", "8": "TUV",
        "9": "WXYZ"}  # fmt: skip
COMMON_ZEROS = (0x660, 0x6F0, 0xFF10, 0x966)
ZEROS = [0x30, *(ord(block[0]) for block in decimal_digits())]
EXTENSION_LABELS = (
    " ext. ", " ext ", "x", " x", ";ext=", " extension ", " extensio\u0301n ", " extensi\u00f3n ",
    " EXT:", " \uff45\uff58\uff54 ", " \u0434\u043e\u0431 ", " anexo ", " int ",
    " \uff49\uff4e\uff54 ", "#", " #", "~", ",,", ",", ";", " - ", " ; ", ", ", " XTN ",
    " eXt\uff0e ", "\uff58", "\uff03", " inT.", " ex", " \u0414\u041e\u0411. ", " E\u017fxt",
    "en\u017fion ", " exten\u017fion ", " \u0131nt ",
)  # fmt: skip
CONTEXTS = (
    "example.com", "phone.example.com", "+", "", "+a", "a.b-", "1a.b", "+1-(2)", "a", "9", "a.",
    "-a.com", "\u0661.com", "+\u0661", "a..b", "a-.b", "+--9--",
)  # fmt: skip


def random_digits(rng: random.Random, count: int) -> str:
    return "".join(rng.choices(DIGITS, k=count))


def other_digits(rng: random.Random, text: str) -> str:
    """The digits, or about half of them, in another script."""
    zero = rng.choice(ZEROS) if rng.random() < 0.5 else rng.choice(COMMON_ZEROS)
    share = 1.0 if rng.random() < 0.7 else 0.5
    return "".join(
        chr(zero + int(char)) if char in DIGITS and rng.random() < share else char for char in text
    )


def vanity(rng: random.Random, text: str) -> str:
    result = ""
    for char in text:
        if char in KEYS and rng.random() < 0.5:
            letter = rng.choice(KEYS[char])
            char = letter.lower() if rng.random() < 0.5 else letter
        result += char
    return result


def with_extension(rng: random.Random, text: str) -> str:
    return (
        text
        + rng.choice(EXTENSION_LABELS)
        + rng.choice(["", "", " ", ": ", ". ", "-"])
        + random_digits(rng, rng.choice([1, 2, 3, 4, 5, 6, 7, 9, 10, 15, 16, 20, 21]))
        + rng.choice(["", "", "", "#", "/x123", " / x99", "x5"])
    )


def tel_uri(rng: random.Random, text: str, plan: Plan) -> str:
    code = plan.calling_code
    return (
        rng.choice(["tel:", "tel:", "", "Tel:", "xx tel:"])
        + text
        + rng.choice(["", ";ext=12", ";isub=12345", " "])
        + ";phone-context="
        + rng.choice([f"+{code}", f"+{code}", f"+{code}-0", *CONTEXTS])
        + rng.choice(["", ";foo=bar", ";ext=7", ";isub=1", ";"])
    )


def messy_spelling(rng: random.Random) -> tuple[str, str]:
    """What the plain spellings do not cover: extensions, keypad letters, URIs, other scripts."""
    plan = rng.choice(regions())
    number = f"+{plan.calling_code} {valid_national_number(rng, plan)}"
    draw = rng.randrange(4)
    if draw == 0:
        return with_extension(rng, number), plan.name
    if draw == 1:
        return vanity(rng, number), plan.name
    if draw == 2:
        return tel_uri(rng, number, plan), plan.name
    return other_digits(rng, number), plan.name
