"""The text of every generated file, from the templates beside this module.

A template is the SQL as a reader should see it; `{{name}}` stands for a constant or for a list of
rules that is made here. The indentation of a placeholder's line is handed to whatever fills it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from textwrap import fill

from phonenumbers import phonenumberutil as reference

from phone_generator import characters
from phone_generator.metadata import (
    MAX_LENGTH,
    PHONENUMBERS_VERSION,
    Metadata,
    NumberingPlans,
    Plan,
    e164_keys,
    expect,
    plan_keys,
    thresholds,
)
from phone_generator.prefixes import (
    AreaCode,
    Literals,
    Pattern,
    SingleDigit,
    international_prefix,
    national_prefix,
)
from phone_generator.sql_text import integer_array, string, text_array

TEMPLATES = Path(__file__).parent / "templates"


def _header(version: str) -> str:
    return (
        f"-- Generated from phonenumbers {version} and Unicode "
        f"{characters.UNICODE_VERSION} by: python -m phone_generator\n"
        "-- Do not edit; change app/phone_generator/templates, generate again.\n\n"
    )


HEADER = _header(PHONENUMBERS_VERSION)

Filler = Callable[[int], str]
"""Makes the text of a placeholder, given the indentation of its line."""


@cache
def generated_files(metadata: Metadata | None = None) -> dict[str, str]:
    """File name -> contents, for every generated file of `db/functions/phone`.

    Args:
        metadata: the numbering plans, by default those of the installed `phonenumbers`.
    """
    characters.expect_known_program()
    plans = NumberingPlans(metadata)
    fillers = _fillers(plans)
    used: set[str] = set()
    files = {"phone_metadata.json": _metadata(plans)}
    for template in sorted(TEMPLATES.glob("*.sql")):
        names = set(re.findall(r"\{\{(\w+)\}\}", template.read_text()))
        used |= names
        files[template.name] = _header(plans.version) + _filled(template.read_text(), fillers)
    expect(used == set(fillers), f"placeholders without a use: {sorted(set(fillers) - used)}")
    for name, text in files.items():
        expect(text.isascii(), f"{name} holds characters outside ASCII")
    return files


def _metadata(plans: NumberingPlans) -> str:
    """What programs that are not SQL want to know: of which version, and of which regions."""
    regions = ", ".join(f'"{plan.name}"' for plan in plans.plans if plan.is_region)
    lines = fill(regions, 96, initial_indent=" " * 4, subsequent_indent=" " * 4)
    return f'{{\n  "phonenumbers": "{plans.version}",\n  "regions": [\n{lines}\n  ]\n}}\n'


def _filled(template: str, fillers: dict[str, Filler]) -> str:
    lines = []
    for line in template.split("\n"):
        indent = len(line) - len(line.lstrip())

        def filler(match: re.Match[str], indent: int = indent) -> str:
            return fillers[match[1]](indent)

        lines.append(re.sub(r"\{\{(\w+)\}\}", filler, line))
    return "\n".join(lines)


def _fillers(plans: NumberingPlans) -> dict[str, Filler]:
    return {
        **_character_fillers(),
        **_lookup_fillers(plans),
        **_length_fillers(plans),
        **_interval_fillers(plans),
        **_national_prefix_fillers(plans),
        **_international_prefix_fillers(plans),
        "version": _constant(plans.version),
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
    blocks = characters.decimal_digits()
    words = characters.words()
    ascii_not_word = [chr(code) for code in range(1, 128) if chr(code) not in words | {"#"}]
    letters = characters.keypad()
    plus_signs = sorted(characters.plus_signs())
    expect(plus_signs == ["+", "\uff0b"], f"plus signs {plus_signs}")
    return {
        "other_digits_class": _string(characters.char_class("".join(blocks))),
        "digit_blocks": lambda indent: text_array(blocks, indent),
        "digit_zeros": _integers([ord(block[0]) for block in blocks]),
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
        "extension_labels": _constant("\n".join(_extension_labels())),
        "extension_at_end": _string(characters.extension_at_end()),
        "context_number": _string(characters.context_number()),
        "context_domain": _string(characters.context_domain()),
        "keypad_letters": _string("".join(letters)),
        "keypad_digits": _string("".join(letters.values())),
    }


def _extension_labels() -> list[str]:
    lines = []
    for digits, pattern in characters.extension_labels_at_end().items():
        lines += [
            f"    when v_digits <= {digits} then regexp_replace(",
            "      v_label,",
            f"      {string(pattern, 6)},",
            "      ''",
            "    )",
        ]
    return lines


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
    general = [interval for plan in plans.plans for interval in plan_keys(plan)]
    valid = [
        interval
        for code in plans.regions_of_code
        for interval in e164_keys(code, plans.valid_numbers(code))
    ]
    return {
        "general_thresholds": _integers(thresholds(general), "bigint"),
        "valid_thresholds": _integers(thresholds(valid), "bigint"),
    }


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
    rest = "substr(v_national, length(v_match[1]) + 1)"
    all_groups = sum(re.compile(alternative).groups for alternative in rule.alternatives)
    groups_before = 0
    for alternative in rule.alternatives:
        groups = re.compile(alternative).groups
        lines += [
            "        v_match := regexp_match(v_national,",
            f"          {string(f'^({alternative})', 10)}",
            "        );",
            "        if v_match is not null then",
        ]
        # The pattern's last group decides about rewriting, and exists in one alternative only.
        if rule.transform and groups and groups_before + groups == all_groups:
            last_group = f"v_match[{groups + 1}]"
            lines += [
                f"          if {last_group} is not null then",
                f"            return {_rewritten(rule.transform, groups_before)} || {rest};",
                "          end if;",
            ]
        lines += [f"          return {rest};", "        end if;"]
        groups_before += groups
    return [*lines, "      end if;"]


def _rewritten(transform: str, groups_before: int) -> str:
    """`9\\1` as SQL; a group that took no part counts as nothing."""
    parts = []
    for piece in re.findall(r"\\[1-9]|\d+", transform):
        if piece.startswith("\\"):
            group = int(piece[1]) - groups_before
            expect(group > 0, f"transform rule {transform} over several alternatives")
            parts.append(f"coalesce(v_match[{group + 1}], '')")
        else:
            parts.append(f"'{piece}'")
    return " || ".join(parts)


def _international_prefix_fillers(plans: NumberingPlans) -> dict[str, Filler]:
    prefixes = [international_prefix(plan) for plan in plans.plans]
    longer = {prefix for prefix in prefixes if prefix and prefix.pattern not in ("00", "011")}
    # Those that mean 00 whenever the number begins with it come last: the SQL asks by rule number.
    # There may be none.
    rules = sorted(longer, key=lambda prefix: (prefix.has_plain_00, prefix.pattern))
    kinds = [
        0 if prefix is None
        else 1 if prefix.pattern == "00"
        else 2 if prefix.pattern == "011"
        else 3 + rules.index(prefix)
        for prefix in prefixes
    ]  # fmt: skip
    patterns = [f"^(?:{prefix.pattern})" for prefix in rules]
    heads = [" ".join(prefix.heads) for prefix in rules]
    first_plain_00 = 3 + sum(not prefix.has_plain_00 for prefix in rules)
    return {
        "prefix_rules": _integers(kinds),
        "first_plain_00": _constant(str(first_plain_00)),
        "prefix_heads": lambda indent: text_array(heads, indent),
        "prefix_patterns": lambda indent: text_array(patterns, indent),
    }
