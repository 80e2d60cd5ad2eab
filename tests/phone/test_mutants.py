"""Are the cases worth anything? Breaks one rule of the SQL at a time: each must be noticed."""

from __future__ import annotations

from typing import NamedTuple

import psycopg
import pytest

from tests.phone.comparison import disagreements
from tests.phone.database import FUNCTIONS


class Mutant(NamedTuple):
    rule: str
    function: str
    text: str
    instead: str


MUTANTS = [
    Mutant(
        "no 0 follows an international prefix",
        "phone_parse",
        "and substr(v_digits, v_length + 1, 1) <> '0' then",
        "then",
    ),
    Mutant(
        "an unknown code after + is read once more without the +",
        "phone_parse",
        "v_is_retry := true;",
        "return null;",
    ),
    Mutant(
        "lower-case regions count only in that case",
        "phone_parse",
        "case when v_is_retry then upper(v_region) else v_region end",
        "upper(v_region)",
    ),
    Mutant(
        "the own calling code goes only if the number is too long with it",
        "phone_parse",
        "if length(v_digits) > ('{",
        "if length(v_digits) >= ('{",
    ),
    Mutant(
        "after the own calling code the main region's plan counts",
        "phone_parse",
        "v_national := v_rest;\n          v_plan :=",
        "v_national := v_rest;\n          v_length :=",
    ),
    Mutant(
        "two digits are a number only side by side",
        "phone_parse",
        "elsif v_rest = '' and length(v_digits) = 2 and strpos(v_raw, v_digits) = 0 then",
        "elsif false then",
    ),
    Mutant("250 characters at most", "phone_parse", "<= 250)", "<= 251)"),
    Mutant(
        "local is not possible",
        "phone_parse",
        "array[null, 'local_only', v_rest]",
        "array[v_rest, 'possible', v_rest]",
    ),
    Mutant(
        "a number has 17 digits at most",
        "phone_parse",
        "if v_length > 17 then",
        "if v_length > 16 then",
    ),
    Mutant(
        "a prefix stays if the number needs it",
        "phone_strip_national_prefix",
        "or not onethread.phone_matches_plan(p_national, p_plan)",
        "or true",
    ),
    Mutant(
        "... with longer prefixes too",
        "phone_strip_long_prefix",
        "and onethread.phone_matches_plan(v_national, p_plan)",
        "and false",
    ),
    Mutant("text relay prefix of Britain", "phone_strip_long_prefix", "'180020'", "'180021'"),
    Mutant("local numbers get their area code", "phone_strip_long_prefix", "'268' ||", "'269' ||"),
    Mutant(
        "a number is rewritten only if the last group took part",
        "phone_match_prefix_pattern",
        "if v_match[2] is not null then\n            return '9'",
        "if true then\n            return '9'",
    ),
    Mutant(
        "Japan's 000 prefix only before whole numbers",
        "phone_match_prefix_pattern",
        "(000[2569]\\d{4,6})$",
        "(000[2569]\\d{4,6})",
    ),
    Mutant(
        "00 alone is no prefix everywhere",
        "phone_international_prefix_length",
        "when starts_with(p_digits, '00')\n",
        "when starts_with(p_digits, '00') or true\n",
    ),
    Mutant(
        "extension labels with a long s",
        "phone_cut_extension",
        "[Ss\\u017f]",
        "[Ss]",
    ),
    Mutant(
        "nine digits after any label",
        "phone_cut_extension",
        "v_digits <= 9",
        "v_digits <= 10",
    ),
    Mutant(
        "an extension goes only if a number remains",
        "phone_dialled_digits",
        "if not onethread.phone_is_viable(v_number) then",
        "if false then",
    ),
    Mutant(
        "vanity numbers drop digits of other scripts",
        "phone_dialled_digits",
        "substr(v_source, v_start, length(v_text))",
        "v_text",
    ),
    Mutant(
        "blanks before a second number",
        "phone_dialled_digits",
        "[\\\\/] *x.*$",
        "[\\\\/]x.*$",
    ),
    Mutant("an isdn subaddress goes", "phone_dialled_digits", "';isub='", "';usub='"),
    Mutant(
        "a number's context goes before it",
        "phone_resolve_context",
        "case when starts_with(v_context, '+') then v_context else '' end",
        "''",
    ),
    Mutant(
        "every script's digits have their value",
        "phone_fold_digits",
        "e'\\u0966\\u0967",
        "e'\\u0967\\u0966",
    ),
    Mutant(
        "17 digits are of the plan's shape too",
        "phone_matches_plan",
        "between 1 and 17",
        "between 1 and 16",
    ),
]


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.rule)
def test_broken_rule_is_noticed(
    phone_db: psycopg.Connection, compared_cases: dict[str, int], mutant: Mutant
) -> None:
    source = (FUNCTIONS / f"{mutant.function}.sql").read_text()
    assert mutant.text in source
    phone_db.execute(source.replace(mutant.text, mutant.instead).encode())
    assert disagreements(phone_db, limit=1) != []
