"""db/functions holds what the generator writes, and what is installed is as cheap as it looks."""

from __future__ import annotations

import re
import unicodedata
import uuid
from pathlib import Path

import phonenumbers
import psycopg
import pytest
from phonenumbers import phonenumberutil

from onethread.schema.phone_metadata import read_phone_metadata
from phone_generator import characters
from phone_generator.__main__ import main
from phone_generator.metadata import UnexpectedMetadataError, thresholds
from phone_generator.prefixes import (
    AreaCode,
    Literals,
    Pattern,
    SingleDigit,
    international_prefix,
    national_prefix,
)
from phone_generator.render import HEADER, generated_files
from phone_generator.sql_text import WIDTH, integer_array, string
from tests.phone.database import load_functions, phone_function_files
from tests.phone.numbers import numbering_plans

ROOT = Path(__file__).resolve().parents[2]
FORBIDDEN = (" from pg_", "current_setting", "execute ", "\\w", "[[:alpha:]]", "~*", "now()")


def test_files_are_up_to_date(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--check"]) == 0
    assert capsys.readouterr().err == ""


def test_files_know_no_character_that_some_python_does_not() -> None:
    known = characters._ALL_TEXT
    assert "\U00011f50" not in known  # Kawi's digit zero came with Unicode 15, Python 3.12
    assert {chr(0x41), chr(0x661), chr(0x1FBF9)} <= set(known)
    assert not any("\U00011f50" in block for block in characters.decimal_digits())


def test_check_names_what_differs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--folder", str(tmp_path)]) == 0
    assert main(["--folder", str(tmp_path), "--check"]) == 0
    capsys.readouterr()

    (tmp_path / "phone_parse.sql").write_text("-- edited\n")
    (tmp_path / "phone_is_viable.sql").unlink()
    (tmp_path / "phone_left_over.sql").write_text(HEADER)
    (tmp_path / "phone_by_hand.sql").write_text("-- not generated\n")
    assert main(["--folder", str(tmp_path), "--check"]) == 1
    told = capsys.readouterr().err
    assert [line.rsplit("/", 1)[1] for line in told.splitlines()] == [
        "phone_is_viable.sql", "phone_left_over.sql", "phone_parse.sql"
    ]  # fmt: skip

    assert main(["--folder", str(tmp_path)]) == 0
    assert {path.name for path in tmp_path.iterdir()} == {*generated_files(), "phone_by_hand.sql"}


def test_older_program_is_refused_with_its_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delattr(phonenumberutil, "_RFC3966_GLOBAL_NUMBER_DIGITS_PATTERN")
    generated_files.cache_clear()
    assert main(["--folder", str(tmp_path)]) == 2
    told = capsys.readouterr().err
    assert f"phonenumbers {phonenumbers.__version__} is too old" in told
    assert "_RFC3966_GLOBAL_NUMBER_DIGITS_PATTERN" in told
    assert list(tmp_path.iterdir()) == []


def test_files_are_ascii_and_marked() -> None:
    for name, text in generated_files().items():
        assert text.isascii()
        if name == "phone_metadata.json":
            continue
        assert text.startswith("-- Generated from phonenumbers "), name
        assert f"create or replace function onethread.{name.removesuffix('.sql')}(" in text


def test_the_app_knows_version_and_regions_without_the_library() -> None:
    metadata = read_phone_metadata()
    assert metadata.version == phonenumbers.__version__
    assert metadata.regions == phonenumbers.SUPPORTED_REGIONS


def test_headers_name_what_exists() -> None:
    folder = re.search(r"change (\S+), generate", HEADER)
    assert folder is not None
    assert {path.name for path in (ROOT / folder[1]).iterdir()} == {
        name for name in generated_files() if name.endswith(".sql")
    }


def test_one_function_per_file_named_like_it() -> None:
    for path in phone_function_files():
        text = path.read_text()
        assert text.count("create or replace function ") == 1, path.name
        assert f"create or replace function onethread.{path.stem}(" in text
        assert f"comment on function onethread.{path.stem}(" in text


def test_functions_are_immutable_parallel_safe_and_plain(phone_db: psycopg.Connection) -> None:
    names = [path.stem for path in phone_function_files()]
    rows = phone_db.execute(
        "select p.proname, p.provolatile, p.proparallel, p.prosecdef, p.proconfig, "
        "obj_description(p.oid, 'pg_proc') is not null "
        "from pg_proc p where p.proname = any(%s) and p.pronamespace = 'onethread'::regnamespace",
        (names,),
    ).fetchall()
    assert sorted(row[0] for row in rows) == sorted(names)
    for name, *properties in rows:
        assert properties == ["i", "s", False, None, True], name


@pytest.mark.parametrize(
    "call",
    [
        "onethread.normalize_phone(t.x, t.x)",
        "onethread.phone_status(t.x, t.x)",
        "onethread.phone_match_key(t.x)",
        "onethread.phone_matches_plan(t.x, t.plan)",
        "onethread.phone_strip_national_prefix(t.x, t.plan)",
        "onethread.phone_international_prefix_length(t.x, t.plan)",
    ],
)
def test_planner_puts_the_expression_in_place_of_the_call(
    phone_db: psycopg.Connection, call: str
) -> None:
    """Otherwise each call costs some microseconds more. One stable operator is enough for that."""
    plan = phone_db.execute(
        f"explain (verbose, costs off) select {call} from (values ('5', 1), ('6', 2)) t(x, plan)"
    ).fetchall()
    assert call.split("(")[0].removeprefix("onethread.") + "(" not in str(plan)


def test_bodies_read_no_table_and_no_setting() -> None:
    for path in phone_function_files():
        body = path.read_text().split("$$;")[-2].lower()
        for word in FORBIDDEN:
            assert word not in body, (path.name, word)


def test_a_database_that_is_not_utf8_is_refused(server_uri: str) -> None:
    name = f"latin1_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(server_uri.format(database="postgres"), autocommit=True) as connection:
        connection.execute(
            f"create database {name} encoding 'LATIN1' locale 'C' template template0"
        )
        with (
            psycopg.connect(server_uri.format(database=name)) as other,
            pytest.raises(psycopg.errors.FeatureNotSupported, match="UTF8"),
        ):
            load_functions(other)
        connection.execute(f"drop database {name} with (force)")


def test_kinds_of_prefix_rules() -> None:
    rules = {plan.name: national_prefix(plan) for plan in numbering_plans().plans}
    assert rules["IL"] == SingleDigit("0")
    assert rules["IT"] is None
    assert rules["BY"] == Literals(("0", "80", "8"))
    assert rules["AG"] == AreaCode(7, "457", "268", ("1",))
    brazil = rules["BR"]
    assert isinstance(brazil, Pattern)
    assert (brazil.transform, brazil.first_digits) == ("\\2", "09")
    japan = rules["JP"]
    assert isinstance(japan, Pattern)
    assert len(japan.alternatives) == 3


def test_plain_00() -> None:
    prefixes = {plan.name: international_prefix(plan) for plan in numbering_plans().plans}
    plain = {name for name, prefix in prefixes.items() if prefix and prefix.has_plain_00}
    assert {"IL", "DE", "FI", "IS"} <= plain
    assert not {"US", "BR", "HK", "KR", "SG", "CV"} & plain
    assert prefixes["800"] is None


def test_thresholds_refuse_intervals_that_overlap() -> None:
    assert thresholds([(5, 9), (1, 2), (3, 4)]) == [1, 10]
    with pytest.raises(UnexpectedMetadataError):
        thresholds([(1, 5), (5, 9)])


def test_character_classes_are_those_of_python() -> None:
    zeros = [block[0] for block in characters.decimal_digits()]
    assert all(unicodedata.digit(zero) == 0 for zero in zeros)
    assert {"\u0660", "\u06f0", "\uff10", "\U0001d7ce"} <= set(zeros)
    keys = characters.keypad()
    assert (keys["A"], keys["Z"], keys["\u017f"], keys["\u0131"]) == ("2", "9", "7", "4")
    assert not {"a", "z", "\u212a"} & set(keys)
    assert characters.char_class("0123456789-]^a") == "[\\-0-9\\]\\^a]"
    assert characters.char_class("\u05d0\U0001f600", negated=True) == "[^\\u05d0\\U0001f600]"


def test_sql_literals() -> None:
    assert integer_array([1, 2, 3], "int", 0) == "'{1,2,3}'::int[]"
    assert string("it's", 0) == "'it''s'"
    assert string("\\d", 0) == "'\\d'"
    assert string("a\u05d0'\\", 0) == "e'a\\u05d0''\\\\'"
    for text in (string("x" * 250, 4), integer_array(list(range(500)), "int", 4)):
        assert max(map(len, text.split("\n"))) <= WIDTH
