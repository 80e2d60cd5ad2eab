"""Which numbers are one WhatsApp account: the database's phone_match_key(), for adapters that must
say which side a number is."""

from __future__ import annotations

import re

# Of the rules below: nearly every number has none.
_PLANS = ("55", "521", "549", "229", "225", "241")
_BRAZIL = re.compile(
    r"(55(?:[14689][1-9]|2[12478]|3[1-578]|5[13-5]|7[13-579]))([6-9][0-9]{7})", re.ASCII
)
_IVORIAN_MOBILE = re.compile(r"225(?:0[1-9]|[4-7][0-9]|[89][4-9])[0-9]{6}", re.ASCII)
_IVORIAN_LANDLINE = re.compile(r"2252[0-4][0-9]{6}|2253[0-6][0-9]{6}", re.ASCII)
_GABON = re.compile(r"2410([124567])([0-9]{6})", re.ASCII)


def match_key(digits: str) -> str:
    """The form, for comparing only, under which the numbers of one account are equal.

    Args:
        digits: an international number without +.
    """
    if not digits.startswith(_PLANS):
        return digits
    if match := _BRAZIL.fullmatch(digits):
        return f"{match[1]}9{match[2]}"
    if digits.startswith(("521", "549")) and len(digits) == 13:
        return digits[:2] + digits[3:]
    if digits.startswith("229") and len(digits) == 11:
        return f"22901{digits[3:]}"
    if _IVORIAN_MOBILE.fullmatch(digits):
        operator = "01" if digits[4] < "4" else "05" if digits[4] < "7" else "07"
        return f"225{operator}{digits[3:]}"
    if _IVORIAN_LANDLINE.fullmatch(digits):
        is_moov = digits[3] == "2" and digits[4] <= "3" and digits[5] == "8"
        return f"225{'21' if is_moov else '25' if digits[5] == '0' else '27'}{digits[3:]}"
    if match := _GABON.fullmatch(digits):
        operator = {"1": "1", "4": "7", "7": "7"}.get(match[1], "6")
        return f"241{operator}{match[1]}{match[2]}"
    return digits
