"""How many people other systems split, by their own tables; and SELECTs that make no sense.

Each database in tests/fixtures/sources has somebody under a LID or BSUID and a phone whom its own
data ties, somebody in two spellings, and somebody who is whole.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import psycopg
import pytest

from onethread import cli, embedded
from onethread.schema.adoption import sources
from tests.conftest import add_login

FIXTURES = Path(__file__).parents[1] / "fixtures" / "sources"

# Messages, people and groups, threads; people that are split, and by spelling alone.
FOUND = {
    "baileys_api": (9, 6, 9, 3, 1),
    "chatwoot": (8, 5, 8, 3, 1),
    "evolution": (9, 6, 9, 3, 1),
    "n8n": (4, 2, 3, 1, 1),
    "n8n_crm": (4, 2, 3, 1, 1),
    "open_bsp": (9, 6, 9, 3, 1),
    "wacrm": (6, 4, 6, 2, 1),
    "waha": (8, 5, 8, 3, 1),
    "whaticket": (8, 5, 7, 2, 1),
    "wuzapi": (9, 6, 9, 3, 1),
}

_READ_ONLY = "&options=-c%20default_transaction_read_only%3Don"


def _load(url: str, name: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute((FIXTURES / f"{name}.sql").read_bytes())


class Audit:
    """The command, on one database."""

    def __init__(self, url: str, capsys: pytest.CaptureFixture[str]) -> None:
        self.url = url
        self._capsys = capsys

    def __call__(self, *options: str) -> Any:
        """The row that is printed."""
        code, out, err = self.run(*options, "--json")
        assert code == 0, err
        [row] = json.loads(out)
        return row

    def run(self, *options: str) -> tuple[int, str, str]:
        """Exit code, output and complaint."""
        code = cli.main(["audit", "--database-url", self.url, *options])
        return code, *self._capsys.readouterr()


@pytest.fixture
def audit(empty_database: str, capsys: pytest.CaptureFixture[str]) -> Audit:
    return Audit(empty_database, capsys)


def test_every_source_is_tried() -> None:
    assert set(FOUND) == {source.name for source in sources.list_sources()}


@pytest.mark.parametrize("name", FOUND)
def test_people_are_counted_by_the_systems_own_tables(audit: Audit, name: str) -> None:
    _load(audit.url, name)
    row = audit("--source", name, "--default-region", "BR")
    counts = ("messages", "people", "threads", "split_people", "split_by_spelling")
    assert tuple(row[count] for count in counts) == FOUND[name]
    assert (row["without_address"], row["unreadable"]) == (0, int(name == "n8n"))


@pytest.mark.parametrize("name", FOUND)
def test_the_source_that_fits_is_named_when_none_is_said(audit: Audit, name: str) -> None:
    _load(audit.url, name)
    code, _, complaint = audit.run()
    assert code == 1
    fitting = re.findall(r"--source (\w+)", complaint)
    assert fitting == [name]


def test_worst_are_shown_with_their_digits_masked(audit: Audit) -> None:
    _load(audit.url, "evolution")
    code, out, _ = audit.run("--source", "evolution")
    lines = out.splitlines()
    assert code == 0
    assert lines[:2] == [
        "9 messages of 6 people and groups in 9 threads",
        "3 people are split into 6 threads, 1 of them by the spelling of one address alone",
    ]
    shown = "  clinic: 2 messages in 2 threads: "
    assert sorted(lines[2:]) == [
        f"{shown}553•••••••02@s.whatsapp.net, 553••••••••02@s.whatsapp.net",
        f"{shown}553••••••••01@s.whatsapp.net, 876••••••••••01@lid",
        f"{shown}553••••••••03@s.whatsapp.net, 876••••••••••03@lid",
    ]


def test_tables_of_another_schema_are_read_when_it_is_named(audit: Audit) -> None:
    with psycopg.connect(audit.url, autocommit=True) as connection:
        connection.execute("create schema gateway")
        connection.execute("set search_path = gateway")
        connection.execute((FIXTURES / "evolution.sql").read_bytes())
    assert audit.run("--source", "evolution")[0] == 1
    assert audit("--source", "evolution", "--schema", "gateway")["split_people"] == 3


def test_own_tables_are_read_when_two_selects_say_what_they_mean(audit: Audit) -> None:
    with psycopg.connect(audit.url, autocommit=True) as connection:
        connection.execute("create table note (phone text, room int, shop uuid)")
        connection.execute("create table person (id int, phone text, device text)")
        connection.execute(
            "insert into note values ('050-123-4567', 1, gen_random_uuid()), "
            "('876000000000001@lid', 2, (select shop from note limit 1))"
        )
        connection.execute("update note set shop = '00000000-0000-0000-0000-000000000001'")
        connection.execute("insert into person values (7, '+972501234567', '876000000000001@lid')")
    messages = ("--messages", "select shop as tenant, room as thread, phone as address from note;")
    evidence = (
        "--evidence",
        "select 'lead:' || id as a, x as b from person, unnest(array[phone, device]) x",
    )
    region = ("--default-region", "IL")
    assert audit(*messages, *region)["split_people"] == 0
    assert audit(*messages, *evidence, *region)["split_people"] == 1


def test_bare_digits_are_read_as_typed_when_the_select_says_so(audit: Audit) -> None:
    typed = "select '0501234567' as address, 'a' as thread, {} as is_typed union all "
    select = typed + "select '972501234567@c.us', 'b', false"
    region = ("--default-region", "IL")
    assert audit("--messages", select.format("true"), *region)["split_people"] == 1
    assert audit("--messages", select.format("false"), *region)["split_people"] == 0


def test_a_switchboard_ties_nobody(audit: Audit) -> None:
    people = "generate_series(876000000000001, 876000000000030) as i"
    row = audit(
        "--messages", f"select i || '@lid' as address from {people}",
        "--evidence", f"select i || '@lid' as a, '+97231234567' as b from {people}",
    )  # fmt: skip
    assert (row["people"], row["split_people"]) == (30, 0)


@pytest.mark.parametrize("reason", ["the session is read-only", "the role may create nothing"])
def test_addresses_are_read_elsewhere_when_nothing_can_be_created(
    audit: Audit,
    second_database: str,
    monkeypatch: pytest.MonkeyPatch,
    reason: str,
) -> None:
    _load(audit.url, "evolution")
    expected = audit("--source", "evolution")
    monkeypatch.setattr(embedded, "start", lambda: second_database)
    if reason == "the session is read-only":
        audit.url += _READ_ONLY
        assert audit("--source", "evolution") == expected
        return
    role = "reader_of_sources"
    with psycopg.connect(audit.url, autocommit=True) as connection:
        add_login(connection, role)
        connection.execute(f"revoke all on database {connection.info.dbname} from public")
        connection.execute(f"grant connect on database {connection.info.dbname} to {role}")
        connection.execute(f"grant select on all tables in schema public to {role}")
    try:
        audit.url = audit.url.replace("postgres@", f"{role}@", 1)
        assert audit("--source", "evolution") == expected
    finally:
        with psycopg.connect(audit.url.replace(f"{role}@", "postgres@", 1), autocommit=True) as c:
            c.execute(f"drop owned by {role}")
            c.execute(f"drop role {role}")


def test_what_to_do_is_said_when_nobody_can_read_addresses(
    audit: Audit, monkeypatch: pytest.MonkeyPatch
) -> None:
    def start() -> str:
        raise ImportError

    monkeypatch.setattr(embedded, "start", start)
    audit.url += _READ_ONLY
    code, _, complaint = audit.run("--messages", "select '1' as address")
    assert code == 1
    assert "onethread[embedded]" in complaint


def test_nothing_is_written_when_the_select_would(audit: Audit) -> None:
    with psycopg.connect(audit.url, autocommit=True) as connection:
        connection.execute("create table t (phone text)")
        connection.execute(
            "create function take() returns text language sql "
            "as $$ insert into t values ('+972501234567') returning phone $$"
        )
    assert audit.run("--messages", "select take() as address")[0] == 1
    with psycopg.connect(audit.url) as connection:
        assert connection.execute("select from t").fetchall() == []


@pytest.mark.parametrize(
    ("select", "complaint"),
    [
        ("select '{}'::jsonb as address", "jsonb"),
        ("select 7 as address", "integer"),
        ("select gen_random_uuid() as address", "uuid"),
        ("select 'x' as phone", "no column address"),
        ("select 'wamid.' || i as address from generate_series(1, 9) i", "identifies somebody"),
        ("select null::text as address", "identifies somebody"),
        ("select '0501234567' as address", "--default-region"),
        ("selec x", "syntax error"),
    ],
)
def test_select_is_refused_when_it_makes_no_sense(
    audit: Audit, select: str, complaint: str
) -> None:
    code, out, said = audit.run("--messages", select)
    assert (code, out) == (1, "")
    assert complaint in said


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (["--source", "nobody"], "evolution"),
        (["--evidence", "select"], "--messages"),
        (["--source", "waha"], "--messages"),
    ],
)
def test_help_is_given_when_options_are_wrong(
    audit: Audit, options: list[str], complaint: str
) -> None:
    code, _, said = audit.run(*options)
    assert code == 1
    assert complaint in said


def test_a_direction_is_asked_for_when_a_message_has_two_numbers(audit: Audit) -> None:
    with psycopg.connect(audit.url, autocommit=True) as connection:
        connection.execute("create table whatsapp_message (from_number text, to_number text)")
    code, _, complaint = audit.run()
    assert code == 1
    assert "direction" in complaint


def test_a_source_is_a_file(audit: Audit, db_copy: Path) -> None:
    (db_copy / "sources" / "mine.sql").write_text(
        "-- My CRM.\n-- tables: note\n\n-- messages\nselect phone as address from note\n"
    )
    with psycopg.connect(audit.url, autocommit=True) as connection:
        connection.execute("create table note as select '+972501234567' as phone")
    assert "--source mine" in audit.run()[2]
    assert audit("--source", "mine")["people"] == 1
