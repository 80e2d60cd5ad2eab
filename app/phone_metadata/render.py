"""The text of every generated file, from the templates beside this module.

A template is the SQL as a reader should see it; `{{name}}` stands for a constant or for a list of
rules that is made here. The indentation of a placeholder's line is handed to whatever fills it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

from phonenumbers import phonenumberutil as reference

from app.phone_metadata import characters
from app.phone_metadata.metadata import (
    LENGTHS,
    MAX_LENGTH,
    NON_GEOGRAPHIC_REGION,
    PHONENUMBERS_VERSION,
    IntervalsByLength,
    NumberingPlans,
    Plan,
    expect,
    key_intervals,
    thresholds,
)
from app.phone_metadata.prefixes import (
    AreaCode,
    InternationalPrefix,
    Literals,
    Pattern,
    SingleDigit,
    international_prefix,
    national_prefix,
)
from app.phone_metadata.sql_text import integer_array, string, text_array

TEMPLATES = Path(__file__).parent / "templates"
HEADER = (
    f"-- Generated from phonenumbers {PHONENUMBERS_VERSION} and Unicode "
    f"{characters.UNICODE_VERSION} by: python -m app.phone_metadata\n"
    "-- Do not edit; change the template in app/phone_metadata/templates and generate again.\n"
)

Filler = Callable[[int], str]
"""Makes the text of a placeholder, given the indentation of its line."""


def generated_files() -> dict[str, str]:
    """File name -> contents, for every generated file of `db/functions`."""
    fillers = _fillers()
    used: set[str] = set()
    files = {}
    for template in sorted(TEMPLATES.glob("*.sql")):
        names = set(re.findall(r"\{\{(\w+)\}\}", template.read_text()))
        used |= names
        files[template.name] = HEADER + _filled(template.read_text(), fillers)
    expect(used == set(fillers), f"placeholders without a use: {sorted(set(fillers) - used)}")
    for name, text in files.items():
        expect(text.isascii(), f"{name} holds characters outside ASCII")
    return files


def _filled(template: str, fillers: dict[str, Filler]) -> str:
    lines = []
    for line in template.split("\n"):
        indent = len(line) - len(line.lstrip())

        def fill(match: re.Match[str], indent: int = indent) -> str:
            return fillers[match[1]](indent)

        lines.append(re.sub(r"\{\{(\w+)\}\}", fill, line))
    return "\n".join(lines)


def _fillers() -> dict[str, Filler]:
    plans = NumberingPlans()
    return {
        **_character_fillers(),
        **_lookup_fillers(plans),
        **_length_fillers(plans),
        **_interval_fillers(plans),
        **_national_prefix_fillers(plans),
        **_international_prefix_fillers(plans),
        **_region_fillers(plans),
        "version": _constant(PHONENUMBERS_VERSION),
        "max_input_length": _constant(str(reference._MAX_INPUT_STRING_LENGTH)),
    }


def _constant(text: str) -> Filler:
    return lambda indent: text


def _string(value: str) -> Filler:
    return lambda indent: string(value, indent)


def _integers(values: list[int], sql_type: str = "int") -> Filler:
    return lambda indent: integer_array(values, sql_type, indent)


# --- characters -----------------------------------------------------------------------------------


def _character_fillers() -> dict[str, Filler]:
    others = characters.decimal_digits()
    common = [chr(ord(zero) + value) for zero in characters.COMMON_ZEROS for value in range(10)]
    expect(set(common) <= set(others), "a common script has lost its digits")
    words = characters.words()
    ascii_not_word = [chr(code) for code in range(1, 128) if chr(code) not in words | {"#"}]
    letters = characters.keypad()
    plus_signs = sorted(characters.plus_signs())
    expect(plus_signs == ["+", "\uff0b"], f"plus signs {plus_signs}")
    return {
        "other_digits_class": _string(characters.char_class(others)),
        "other_digits": _string("".join(others)),
        "other_values": _string("".join(str(_digit_value(char)) for char in others)),
        "common_digits": _string("".join(common)),
        "common_values": _string("0123456789" * len(characters.COMMON_ZEROS)),
        "ascii_not_word": _string("".join(ascii_not_word)),
        "not_word_at_end": _string(characters.char_class(words | {"#"}, negated=True) + "+$"),
        "start_class": _constant(
            characters.char_class([*plus_signs, *characters.ASCII_DIGITS]),
        ),
        "plus_signs": _string("".join(plus_signs)),
        "wide_plus": _string(plus_signs[1]),
        "viable_number": _string(characters.viable_number()),
        "viable_without_extension": _string(characters.viable_number_without_extension()),
        "extension_trigger": _string(characters.char_class(characters.extension_triggers())),
        "extension_at_end": _string(characters.extension_at_end()),
        "context_number": _string(characters.context_number()),
        "context_domain": _string(characters.context_domain()),
        "keypad_letters": _string("".join(letters)),
        "keypad_digits": _string("".join(letters.values())),
    }


@cache
def _digit_value(char: str) -> int:
    return int(char)


# --- look-up lists --------------------------------------------------------------------------------


def _lookup_fillers(plans: NumberingPlans) -> dict[str, Filler]:
    by_letters = [0] * (26 * 26)
    for plan in plans.plans:
        if plan.is_region:
            first, second = (ord(letter) - ord("A") for letter in plan.name)
            by_letters[first * 26 + second] = plan.index
    by_three_digits = []
    for value in range(1000):
        code = plans.calling_code_of_prefix(f"{value:03}")
        entry = 0
        if code is not None:
            entry = len(str(code)) * 1_000_000 + code * 1_000 + plans.main_plan(code).index
        by_three_digits.append(entry)
    return {
        "region_plans": _integers(by_letters),
        "calling_codes": _integers(by_three_digits),
        "plan_codes": _integers([plan.calling_code for plan in plans.plans]),
        "main_plans": _integers(
            [plans.main_plan(plan.calling_code).index for plan in plans.plans],
        ),
    }


def _length_fillers(plans: NumberingPlans) -> dict[str, Filler]:
    descriptions = [plan.general for plan in plans.plans]
    return {
        "longest_numbers": _integers([max(desc.possible_length) for desc in descriptions]),
        "full_lengths": _integers([_bits(desc.possible_length) for desc in descriptions]),
        "local_lengths": _integers(
            [_bits(desc.possible_length_local_only) for desc in descriptions]
        ),
        "lengths_after_stripping": _integers([_lengths_to_keep(plan) for plan in plans.plans]),
    }


def _bits(lengths: tuple[int, ...] | list[int]) -> int:
    return sum(1 << length for length in lengths)


def _lengths_to_keep(plan: Plan) -> int:
    """Lengths at which a stripped number replaces the original: possible ones and too long ones."""
    possible = plan.general.possible_length
    too_long = range(max(possible) + 1, MAX_LENGTH + 1)
    return _bits([*possible, *too_long])


def _interval_fillers(plans: NumberingPlans) -> dict[str, Filler]:
    general = [
        interval for plan in plans.plans for interval in key_intervals(plan, plan.general_numbers)
    ]
    valid = [
        interval
        for main, numbers in _by_main_plan(plans)
        for interval in key_intervals(main, numbers)
    ]
    return {
        "general_thresholds": _integers(thresholds(general), "bigint"),
        "valid_thresholds": _integers(thresholds(valid), "bigint"),
    }


def _by_main_plan(plans: NumberingPlans) -> list[tuple[Plan, IntervalsByLength]]:
    pairs = [(plans.main_plan(code), plans.valid_numbers(code)) for code in plans.regions_of_code]
    return sorted(pairs, key=lambda pair: pair[0].index)


def _region_fillers(plans: NumberingPlans) -> dict[str, Filler]:
    regions = [plan.name for plan in plans.plans if plan.is_region]
    shared = {
        plans.main_plan(code).index: code
        for code, names in plans.regions_of_code.items()
        if len(names) > 1
    }
    bounds: list[int] = []
    owners = [0]
    for main_index, code in sorted(shared.items()):
        for low, high, owner in _claimed_intervals(plans, main_index, code):
            if bounds and bounds[-1] == low:
                owners[-1] = owner
            else:
                bounds.append(low)
                owners.append(owner)
            bounds.append(high + 1)
            owners.append(0)
    expect(bounds == sorted(set(bounds)), "claimed numbers are not in order")
    return {
        "region_names": _string("".join(regions)),
        "region_count": _constant(str(len(regions))),
        "non_geographic": _constant(NON_GEOGRAPHIC_REGION),
        "shared_plans": _constant(", ".join(map(str, sorted(shared)))),
        "claim_thresholds": _integers(bounds, "bigint"),
        "claim_owners": _integers(owners),
    }


def _claimed_intervals(
    plans: NumberingPlans, main_index: int, code: int
) -> list[tuple[int, int, int]]:
    """Every stretch of a shared calling code's numbers with the region it belongs to."""
    main = plans.plans[main_index - 1]
    return sorted(
        (low, high, plan.index)
        for plan, claimed in plans.claims(code)
        for low, high in key_intervals(main, {length: claimed[length] for length in LENGTHS})
    )


# --- prefixes -------------------------------------------------------------------------------------


def _national_prefix_fillers(plans: NumberingPlans) -> dict[str, Filler]:
    codes: list[int] = []
    literal_rules: list[str] = []
    pattern_rules: list[str] = []
    pattern_plans: list[int] = []
    for plan in plans.plans:
        prefix = national_prefix(plan)
        if prefix is None:
            codes.append(0)
        elif isinstance(prefix, SingleDigit):
            codes.append(ord(prefix.digit))
        else:
            codes.append(-1)
            if isinstance(prefix, Pattern):
                pattern_plans.append(plan.index)
                pattern_rules += _pattern_rule(plan, prefix)
            else:
                literal_rules += _literal_rule(plan, prefix)
    return {
        "prefix_digit_codes": _integers(codes),
        "literal_rules": _constant("\n".join(literal_rules)),
        "pattern_rules": _constant("\n".join(pattern_rules)),
        "pattern_plans": _constant(", ".join(map(str, pattern_plans))),
    }


def _literal_rule(plan: Plan, rule: AreaCode | Literals) -> list[str]:
    lines = [f"      when {plan.index} then  -- {plan.name}", "        case"]
    if isinstance(rule, AreaCode):
        lines += [
            f"          when length(v_national) = {rule.length}"
            f" and strpos('{rule.first_digits}', left(v_national, 1)) > 0",
            f"          then '{rule.area_code}' || v_national",
        ]
    lines += [
        f"          when starts_with(v_national, '{prefix}')"
        f" then substr(v_national, {len(prefix) + 1})"
        for prefix in rule.prefixes
    ]
    return [*lines, "        end"]


def _pattern_rule(plan: Plan, rule: Pattern) -> list[str]:
    lines = [
        f"    when {plan.index} then  -- {plan.name}",
        f"      if strpos('{rule.first_digits}', v_first) > 0 then",
    ]
    groups = sum(re.compile(alternative).groups for alternative in rule.alternatives)
    seen = 0
    for alternative in rule.alternatives:
        pattern = string(f"^({alternative})", 8)
        own_groups = re.compile(alternative).groups
        rest = "substr(v_national, length(v_match[1]) + 1)"
        result = [f"          return {rest};"]
        if rule.transform and seen + own_groups == groups and own_groups:
            rewritten = _rewritten(rule.transform, seen)
            last = f"v_match[{groups - seen + 1}]"
            result = [
                f"          if {last} is not null then",
                f"            return {rewritten} || {rest};",
                "          end if;",
                *result,
            ]
        elif rule.transform:
            expect(
                seen + own_groups < groups or not own_groups,
                f"{plan.name}: transform rule over several alternatives",
            )
        lines += [
            "        v_match := regexp_match(",
            f"          v_national, {string(f'^({alternative})', 10)}",
            "        );",
            "        if v_match is not null then",
            *result,
            "        end if;",
        ]
        del pattern
        seen += own_groups
    return [*lines, "      end if;"]


def _rewritten(transform: str, groups_before: int) -> str:
    """`9\\1` as SQL; a group that took no part counts as nothing."""
    parts = []
    for piece in re.findall(r"\\[1-9]|\d+", transform):
        if piece.startswith("\\"):
            parts.append(f"coalesce(v_match[{int(piece[1]) - groups_before + 1}], '')")
        else:
            parts.append(f"'{piece}'")
    return " || ".join(parts)


def _international_prefix_fillers(plans: NumberingPlans) -> dict[str, Filler]:
    kinds: list[int] = []
    longer: list[InternationalPrefix] = []
    for plan in plans.plans:
        prefix = international_prefix(plan)
        if prefix is None:
            kinds.append(0)
        elif prefix.pattern == "00":
            kinds.append(1)
        elif prefix.pattern == "011":
            kinds.append(2)
        else:
            if prefix not in longer:
                longer.append(prefix)
            kinds.append(3 + longer.index(prefix))
    patterns = [f"^(?:{prefix.pattern})" for prefix in longer]
    heads = [" ".join(prefix.heads) for prefix in longer]
    return {
        "prefix_rules": _integers(kinds),
        "prefix_heads": lambda indent: text_array(heads, indent),
        "prefix_patterns": lambda indent: text_array(patterns, indent),
    }
