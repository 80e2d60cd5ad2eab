"""Phone functions of another version: what is listed, and what is applied or not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import phonenumbers
import psycopg
import pytest

from onethread import phones
from onethread.schema import migrate
from phone_generator.render import generated_files
from tests.cli.commands import CommandLine
from tests.concurrency.sessions import run_until_blocked
from tests.phone.plans import another_version

Connection = psycopg.Connection[Any]

MATCH_KEY = "phone_match_key.sql"
# Italian numbers with and without the leading zero are one account.
ITALIAN_RULE = """
    when '+39' then
      case when e164 collate "C" ~ '^\\+390' then '+39' || substr(e164, 5) else e164 end
    else e164
  end
$$"""


@pytest.fixture
def db(clinic: CommandLine) -> Iterator[Connection]:
    """A second connection to the clinic's database."""
    with psycopg.connect(clinic.url, autocommit=True) as connection:
        yield connection


@pytest.fixture
def italian_rule(clinic: CommandLine, db_copy: Path) -> None:
    """This version of the app has one more rule in onethread.phone_match_key()."""
    replace(db_copy, MATCH_KEY, "\n    else e164\n  end\n$$", ITALIAN_RULE)


@pytest.fixture(scope="session")
def files_of_version_99() -> dict[str, str]:
    """Generated from metadata in which Israel has lost its national prefix."""
    changes = {"IL": {"national_prefix_for_parsing": "1"}}
    return generated_files(another_version("99.0.0", changes))


@pytest.fixture
def version_99(clinic: CommandLine, db_copy: Path, files_of_version_99: dict[str, str]) -> None:
    """This version of the app has metadata of version 99."""
    for name, text in files_of_version_99.items():
        phone_file(db_copy, name).write_text(text)


def phone_file(db_copy: Path, name: str) -> Path:
    """A source of the phone functions."""
    return db_copy / "functions" / "phone" / name


def replace(db_copy: Path, file: str, old: str, new: str) -> None:
    path = phone_file(db_copy, file)
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def write(db: Connection, address: str, body: str, direction: str = "inbound") -> int:
    """Inserts a message of business 1; returns its conversation."""
    side = "from_number" if direction == "inbound" else "to_number"
    row = db.execute(
        f"insert into whatsapp_message (business_id, direction, {side}, body) "
        "values (1, %s, %s, %s) returning conversation_id",
        [direction, address, body],
    ).fetchone()
    assert row is not None
    return int(row[0])


def merge(db: Connection, survivor: int, absorbed: int) -> int:
    """Joins two conversations; returns the id of the merge."""
    row = db.execute(
        "select onethread.merge_conversations(1, %s, %s, 'by hand')", [survivor, absorbed]
    ).fetchone()
    assert row is not None
    return int(row[0])


def contents(db: Connection) -> dict[str, list[Any]]:
    """Everything that the command could change."""
    tables = (
        "public.lead", "public.whatsapp_conversation", "public.whatsapp_identity",
        "public.whatsapp_identity_evidence", "onethread.whatsapp_conversation_merge",
        "onethread.whatsapp_identity_conflict", "onethread.source",
    )  # fmt: skip
    result = {
        table: db.execute(f"select t::text from {table} t order by 1").fetchall()
        for table in (*tables, "public.whatsapp_message")
    }
    result["functions"] = db.execute(
        "select oid::text, prosrc from pg_proc where pronamespace = to_regnamespace('onethread') "
        "order by 1"
    ).fetchall()
    return result


def raw_texts(db: Connection) -> list[Any]:
    """What people and programs wrote."""
    return db.execute(
        "select m.from_number, m.to_number, m.contact_aliases, m.body, null "
        "from whatsapp_message m "
        "union all select l.phone, null, null, null, null from lead l "
        "union all select null, null, null, e.a, e.b from whatsapp_identity_evidence e "
        "where e.source is distinct from 'lead record' "
        "order by 1, 2, 4, 5"
    ).fetchall()


def problems(db: Connection) -> list[Any]:
    return db.execute("select problem, id from thread_integrity").fetchall()


def numbers(clinic: CommandLine) -> list[dict[str, Any]]:
    """The stored numbers that the command lists, without counting what the test is not about."""
    outcome = clinic("phone-metadata", "--json")
    assert outcome.code == 0, outcome.err
    listed: Any = outcome.rows
    rows: list[dict[str, Any]] = listed["numbers"]
    return rows


def test_nothing_is_listed_when_the_functions_are_the_same(
    clinic: CommandLine, db: Connection
) -> None:
    write(db, "050-123-4567", "hello")
    write(db, "5215512345678@s.whatsapp.net", "hola")
    db.execute("insert into lead (business_id, phone) values (1, '0501234567'), (1, 'unknown')")
    before = contents(db)
    outcome = clinic("phone-metadata")
    version = phonenumbers.__version__
    assert outcome.out.splitlines() == [
        f"Metadata {version} in the database, {version} in this app's files.",
        "0 stored numbers read differently, 0 would meet another thread.",
        "Nothing is changed; --apply does it.",
    ]
    assert clinic("phone-metadata", "--apply").out.splitlines()[-1] == "Applied."
    assert contents(db) == before


@pytest.mark.usefixtures("version_99")
def test_metadata_of_another_version_is_listed_and_applied(
    clinic: CommandLine, db: Connection
) -> None:
    dropped = write(db, "050-123-4567", "from the clinic", "outbound")
    write(db, "0501234567", "from the clinic too", "outbound")
    kept = write(db, "0502222222", "typed", "outbound")
    write(db, "972502222222@s.whatsapp.net", "from WhatsApp")
    with_lead = write(db, "+972503333333", "from WhatsApp")
    db.execute(
        "insert into lead (business_id, phone) "
        "values (1, '0503333333'), (1, '0504444444'), (1, '0505555555')"
    )
    with_both = write(db, "0505555555", "typed, to a lead", "outbound")
    texts = raw_texts(db)
    before = contents(db)

    listed: Any = clinic("phone-metadata", "--json").rows
    rows = listed.pop("numbers")
    assert listed == {"database": phonenumbers.__version__, "files": "99.0.0", "readable": 0}
    assert [(row["source"], row["raw"], row["before"], row["after"]) for row in rows] == [
        ("message", "050-123-4567", "+972501234567", "+9720501234567"),
        ("message", "0501234567", "+972501234567", "+9720501234567"),
        ("message", "0502222222", "+972502222222", "+9720502222222"),
        ("lead", "0503333333", "+972503333333", "+9720503333333"),
        ("lead", "0504444444", "+972504444444", "+9720504444444"),
        ("lead", "0505555555", "+972505555555", "+9720505555555"),
        ("message", "0505555555", "+972505555555", "+9720505555555"),
    ]
    assert {row["other_conversation_id"] for row in rows} == {None}
    assert contents(db) == before

    outcome = clinic("phone-metadata", "--apply")
    assert outcome.code == 0, outcome.err
    assert "business 1: 050-123-4567 (message): +972501234567 -> +9720501234567" in outcome.out
    assert clinic("phone-metadata").out.startswith("Metadata 99.0.0 in the database, 99.0.0 in")
    assert numbers(clinic) == []
    assert raw_texts(db) == texts
    assert problems(db) == []

    # All that was written under a number is read differently: the thread keeps its id.
    assert write(db, "0501234567", "after", "outbound") == dropped
    # A part of it: that part goes to a thread of its own.
    assert clinic.bodies("+972502222222") == ["from WhatsApp"]
    assert clinic.bodies("0502222222") == ["typed"]
    assert write(db, "972502222222@s.whatsapp.net", "again") == kept
    # A lead leaves a number that only its record named; where nobody else is, it keeps the thread.
    assert write(db, "972503333333@s.whatsapp.net", "again") == with_lead
    assert write(db, "0503333333", "to the lead", "outbound") != with_lead
    assert clinic.bodies("0503333333") == ["to the lead"]
    assert write(db, "0505555555", "again", "outbound") == with_both
    assert db.execute("select phone_match_value from lead order by id").fetchall() == [
        ("+9720503333333",), ("+9720504444444",), ("+9720505555555",)
    ]  # fmt: skip
    assert db.execute(
        "select value from whatsapp_identity where value like '+9725%' order by 1"
    ).fetchall() == [("+972502222222",), ("+972503333333",)]


@pytest.mark.usefixtures("italian_rule")
def test_a_new_match_key_renames_identities_in_place(clinic: CommandLine, db: Connection) -> None:
    thread = write(db, "390612345678@s.whatsapp.net", "ciao")
    db.execute("insert into lead (business_id, phone) values (1, '+39 06 1234 5678')")
    db.execute(
        "insert into whatsapp_identity_evidence (business_id, a, b, relation) "
        "values (1, '876@lid', '+390612345678', 'same')"
    )
    texts = raw_texts(db)
    assert [(row["source"], row["before"], row["after"]) for row in numbers(clinic)] == [
        ("lead", "+390612345678", "+39612345678"),
        ("identity", "+390612345678", "+39612345678"),
    ]
    assert clinic("phone-metadata", "--apply").code == 0
    assert raw_texts(db) == texts
    assert problems(db) == []
    assert numbers(clinic) == []
    assert write(db, "39612345678@s.whatsapp.net", "the same account") == thread
    assert write(db, "876@lid", "its LID") == thread
    assert db.execute(
        "select value, match_value from whatsapp_identity where kind = 'phone'"
    ).fetchall() == [("+390612345678", "+39612345678")]


@pytest.mark.usefixtures("italian_rule")
def test_numbers_that_become_one_phone_are_joined_only_on_request(
    clinic: CommandLine, db: Connection
) -> None:
    first = write(db, "390612345678@s.whatsapp.net", "with the zero")
    second = write(db, "39612345678@s.whatsapp.net", "without")
    before = contents(db)

    [row] = numbers(clinic)
    assert (row["conversation_id"], row["other_conversation_id"]) == (str(first), str(second))
    outcome = clinic("phone-metadata", "--apply")
    assert outcome.code == 1
    assert f"thread {first} meets {second}" in outcome.out
    assert "1 stored number would meet another thread: nothing is applied" in outcome.err
    assert contents(db) == before

    outcome = clinic("phone-metadata", "--apply", "--join")
    assert outcome.code == 0, outcome.err
    assert problems(db) == []
    assert clinic.bodies("+39612345678") == ["with the zero", "without"]
    assert write(db, "39612345678@s.whatsapp.net", "again") == first
    merges = db.execute(
        "select id, survivor_id, absorbed_id, reason from onethread.whatsapp_conversation_merge"
    ).fetchall()
    assert [row[1:] for row in merges] == [(first, second, "one phone by the phone functions")]
    assert db.execute("select onethread.find_conversation_by_id(1, %s)", [second]).fetchone() == (
        first,
    )

    outcome = clinic("undo", str(merges[0][0]))
    assert outcome.code == 1
    assert "one phone" in outcome.err


def test_a_match_key_may_become_what_another_one_was(
    clinic: CommandLine, db: Connection, db_copy: Path
) -> None:
    threads = [write(db, f"+39{zero}612345678", zero or "none") for zero in ("0", "")]
    db.execute(
        "insert into whatsapp_identity_evidence (business_id, a, b, relation) values "
        "(1, '876@lid', '+390612345678', 'same'), (1, '877@lid', '+39612345678', 'same')"
    )
    shifted = ITALIAN_RULE.replace("else e164 end", "else '+391' || substr(e164, 4) end")
    replace(db_copy, MATCH_KEY, "\n    else e164\n  end\n$$", shifted)
    assert {row["other_conversation_id"] for row in numbers(clinic)} == {None}
    assert clinic("phone-metadata", "--apply").code == 0
    assert problems(db) == []
    assert [write(db, f"+39{zero}612345678", "again") for zero in ("0", "")] == threads
    assert [write(db, f"{lid}@lid", "account") for lid in (876, 877)] == threads
    assert db.execute("select b_key from whatsapp_identity_evidence order by id").fetchall() == [
        ("phone::+39612345678",), ("phone::+391612345678",)
    ]  # fmt: skip


@pytest.mark.usefixtures("italian_rule")
def test_a_merge_by_hand_can_still_be_undone(clinic: CommandLine, db: Connection) -> None:
    first = write(db, "+390612345678", "Anna")
    second = write(db, "+390699999999", "Bruno")
    merge_id = merge(db, first, second)
    assert clinic("phone-metadata", "--apply").code == 0
    assert clinic.bodies("+390699999999") == ["Anna", "Bruno"]
    assert clinic("undo", str(merge_id)).code == 0
    assert problems(db) == []
    assert clinic.bodies("+390699999999") == ["Bruno"]


@pytest.mark.usefixtures("version_99")
def test_copies_of_a_message_part_with_their_addresses(clinic: CommandLine, db: Connection) -> None:
    db.execute(
        "insert into whatsapp_message (business_id, direction, to_number, body) "
        "values (1, 'outbound', '972501234567@s.whatsapp.net', 'first')"
    )
    db.execute(
        "insert into whatsapp_message (business_id, direction, to_number, body, "
        "provider_message_id) values (1, 'outbound', '0501234567', 'typed', 'A')"
    )
    # A copy that came together with it when two threads were joined.
    db.execute(
        "insert into whatsapp_message (business_id, direction, to_number, body, "
        "provider_message_id) values (1, 'outbound', '972509999999@s.whatsapp.net', 'copy', 'A')"
    )
    merge(db, 1, 2)
    assert db.execute("select count(duplicate_of) from whatsapp_message").fetchone() == (1,)
    assert clinic("phone-metadata", "--apply").code == 0
    assert problems(db) == []
    assert clinic.bodies("0501234567") == ["typed"]
    assert clinic.bodies("+972509999999") == ["first", "copy"]


@pytest.mark.usefixtures("italian_rule")
def test_a_phone_of_two_accounts_passes_from_one_to_the_other(
    clinic: CommandLine, db: Connection
) -> None:
    """The identity rule, as for any phone that is seen with a second account: two threads."""
    db.execute(
        "insert into whatsapp_message "
        "(business_id, direction, from_number, contact_aliases, body, sent_at) values "
        "(1, 'inbound', '876@lid', '{390612345678@s.whatsapp.net}', 'Anna', '2026-01-01'), "
        "(1, 'inbound', '877@lid', '{39612345678@s.whatsapp.net}', 'Bruno', '2026-02-01')"
    )
    assert clinic("phone-metadata", "--apply").code == 1
    assert clinic("phone-metadata", "--apply", "--join").code == 0
    assert problems(db) == []
    assert clinic.bodies("876@lid") == ["Anna"]
    assert clinic.bodies("877@lid") == ["Bruno"]
    assert clinic.bodies("+390612345678") == ["Bruno"]
    assert len(clinic("conflicts", "--json").rows) == 1


@pytest.mark.usefixtures("italian_rule")
def test_a_human_who_said_two_people_is_asked_first(clinic: CommandLine, db: Connection) -> None:
    write(db, "390612345678@s.whatsapp.net", "Anna")
    write(db, "39612345678@s.whatsapp.net", "Bruno")
    db.execute(
        "insert into whatsapp_identity_evidence (business_id, a, b, relation) "
        "values (1, '+390612345678', '+39612345678', 'different')"
    )
    before = contents(db)
    outcome = clinic("phone-metadata", "--apply", "--join")
    assert outcome.code == 1
    assert "are two people, somebody said, and one phone by the new functions" in outcome.err
    assert contents(db) == before

    db.execute("delete from whatsapp_identity_evidence")
    assert clinic("phone-metadata", "--apply", "--join").code == 0
    assert clinic.bodies("+39612345678") == ["Anna", "Bruno"]


@pytest.mark.usefixtures("italian_rule")
def test_evidence_that_says_the_same_twice_is_kept_once(
    clinic: CommandLine, db: Connection
) -> None:
    thread = write(db, "876@lid", "ciao")
    db.execute(
        "insert into whatsapp_identity_evidence (business_id, a, b, relation, observed_at) values "
        "(1, '876@lid', '+39612345678', 'same', '2026-02-01'), "
        "(1, '876@lid', '+390612345678', 'same', '2026-01-01'), "
        "(1, '+39612345678', '+390612345678', 'same', '2026-01-01')"
    )
    assert clinic("phone-metadata", "--apply").code == 0
    assert problems(db) == []
    assert db.execute(
        "select a_key, b_key, observed_at::date::text, inert_reason "
        "from whatsapp_identity_evidence order by id"
    ).fetchall() == [
        ("lid::876", "phone::+39612345678", "2026-01-01", None),
        (None, None, "2026-01-01", "evidence 1 says the same"),
        (None, None, "2026-01-01", "a and b are one identifier"),
    ]
    assert write(db, "+390612345678", "the phone", "outbound") == thread


@pytest.mark.usefixtures("version_99")
def test_evidence_in_a_typed_spelling_is_read_again(clinic: CommandLine, db: Connection) -> None:
    account = write(db, "876@lid", "who is it?")
    phone = write(db, "+972501234567", "the old reading")
    db.execute(
        "insert into whatsapp_identity_evidence (business_id, a, b, relation) "
        "values (1, '876@lid', '050-123-4567', 'same')"
    )
    together = "select count(distinct conversation_id) from public.whatsapp_message"
    assert db.execute(together).fetchone() == (1,)
    [row] = numbers(clinic)
    assert (row["source"], row["raw"], row["after"]) == (
        "evidence", "050-123-4567", "+9720501234567"
    )  # fmt: skip
    assert clinic("phone-metadata", "--apply").code == 0
    assert problems(db) == []
    assert clinic.bodies("876@lid") == ["who is it?"]
    assert clinic.bodies("+972501234567") == ["the old reading"]
    assert write(db, "0501234567", "the new reading", "outbound") == account
    assert phone


@pytest.mark.usefixtures("version_99")
def test_messages_go_to_a_thread_that_exists_only_on_request(
    clinic: CommandLine, db: Connection
) -> None:
    typed = write(db, "0501234567", "typed", "outbound")
    write(db, "+972501234567", "the number it was read as")
    there = write(db, "9720501234567@s.whatsapp.net", "the number it is read as now")
    [row] = numbers(clinic)
    assert (row["conversation_id"], row["other_conversation_id"]) == (str(typed), str(there))
    before = contents(db)
    assert clinic("phone-metadata", "--apply").code == 1
    assert contents(db) == before
    assert clinic("phone-metadata", "--apply", "--join").code == 0
    assert problems(db) == []
    assert clinic.bodies("0501234567") == ["typed", "the number it is read as now"]
    assert clinic.bodies("+972501234567") == ["the number it was read as"]


@pytest.mark.usefixtures("italian_rule")
def test_only_the_threads_that_are_named_are_joined(clinic: CommandLine, db: Connection) -> None:
    first, second, third, fourth = (
        write(db, f"39{number}@s.whatsapp.net", number)
        for number in ("0612345678", "612345678", "0699999999", "699999999")
    )
    outcome = clinic("phone-metadata", "--apply", "--join", str(first), str(second))
    assert outcome.code == 0, outcome.err
    assert outcome.out.splitlines()[-1] == (
        "Applied, but for 1 stored number whose threads are not both named: they stay where they "
        "are, and are listed again next time."
    )
    assert clinic.bodies("+39612345678") == ["0612345678", "612345678"]
    assert db.execute(
        "select body from whatsapp_message where conversation_id = %s", [third]
    ).fetchall() == [("0699999999",)]
    assert clinic.bodies("+39699999999") == ["699999999"]
    [row] = numbers(clinic)
    assert (row["conversation_id"], row["other_conversation_id"]) == (str(third), str(fourth))

    assert clinic("phone-metadata", "--apply").code == 1
    assert clinic("phone-metadata", "--apply", "--join").code == 0
    assert clinic.bodies("+39699999999") == ["0699999999", "699999999"]
    assert problems(db) == []
    assert numbers(clinic) == []


@pytest.mark.usefixtures("italian_rule")
@pytest.mark.parametrize(
    ("threads", "error"),
    [
        (["3"], "thread 3 would not meet another one"),
        (["1", "2", "99"], "thread 99 would not meet another one"),
    ],
)
def test_thread_that_meets_nobody_is_refused_when_named(
    clinic: CommandLine, db: Connection, threads: list[str], error: str
) -> None:
    for number in ("0612345678", "612345678", "655555555"):
        write(db, f"39{number}@s.whatsapp.net", number)
    before = contents(db)
    outcome = clinic("phone-metadata", "--apply", "--join", *threads)
    assert outcome.code == 1
    assert error in outcome.err
    assert contents(db) == before


def test_messages_that_can_be_read_now_are_counted_and_linked(
    clinic: CommandLine, db: Connection, db_copy: Path
) -> None:
    # The database is of a version that cannot read what a person types without a +.
    text = phone_file(db_copy, "typed_phone.sql").read_text()
    replace(db_copy, "typed_phone.sql", "v_parsed[1]", "null")
    replace(
        db_copy,
        "normalize_phone.sql",
        "select (onethread.phone_parse(raw, default_region))[1]",
        "select null::text where raw is not null",
    )
    assert clinic("migrate").code == 0
    db.execute(
        "insert into whatsapp_message (business_id, direction, to_number, body) values "
        "(1, 'outbound', '0501234567', 'first'), (1, 'outbound', '050-123-4567', 'second'), "
        "(1, 'outbound', 'nobody', 'unreadable')"
    )
    there = write(db, "972501234567@s.whatsapp.net", "from WhatsApp")
    # Readable, and waiting for the backfill: not the command's.
    db.execute("set session_replication_role = replica")
    db.execute(
        "insert into whatsapp_message (business_id, direction, to_number, body) "
        "values (1, 'outbound', '972502222222@s.whatsapp.net', 'history')"
    )
    db.execute("reset session_replication_role")
    phone_file(db_copy, "typed_phone.sql").write_text(text)
    replace(
        db_copy,
        "normalize_phone.sql",
        "select null::text where raw is not null",
        "select (onethread.phone_parse(raw, default_region))[1]",
    )

    line = "2 messages in no thread could not be read and can be now."
    assert line in clinic("phone-metadata").out.splitlines()
    listed: Any = clinic("phone-metadata", "--json").rows
    assert listed["readable"] == 2
    outcome = clinic("phone-metadata", "--apply")
    assert outcome.code == 0, outcome.err
    assert line in outcome.out.splitlines()
    linked = "select body, conversation_id from whatsapp_message order by id"
    assert db.execute(linked).fetchall() == [
        ("first", there), ("second", there), ("unreadable", None), ("from WhatsApp", there),
        ("history", None),
    ]  # fmt: skip
    assert line not in clinic("phone-metadata").out
    assert problems(db) == []


def test_a_number_that_nobody_can_read_any_more_stays_where_it_is(
    clinic: CommandLine, db: Connection, db_copy: Path
) -> None:
    thread = write(db, "0501234567", "typed", "outbound")
    replace(
        db_copy,
        "normalize_phone.sql",
        "select (onethread.phone_parse(raw, default_region))[1]",
        "select null::text where raw is not null",
    )
    replace(db_copy, "typed_phone.sql", "v_parsed[1]", "null")
    [row] = numbers(clinic)
    assert (row["before"], row["after"]) == ("+972501234567", None)
    assert clinic("phone-metadata", "--apply").code == 0
    assert problems(db) == []
    assert db.execute("select conversation_id from whatsapp_message").fetchone() == (thread,)


@pytest.mark.usefixtures("italian_rule")
def test_everything_is_as_it_was_when_applying_fails_half_way(
    clinic: CommandLine, db: Connection
) -> None:
    write(db, "390612345678@s.whatsapp.net", "with the zero")
    write(db, "39612345678@s.whatsapp.net", "without")
    db.execute("insert into lead (business_id, phone) values (1, '+390699999999')")
    db.execute(
        "create function fail() returns trigger language plpgsql as "
        "$$ begin raise exception 'no space left for leads'; end $$"
    )
    db.execute(
        "create trigger lead_99_fail before update on lead for each row execute function fail()"
    )
    before = contents(db)
    outcome = clinic("phone-metadata", "--apply", "--join")
    assert outcome.code == 1
    assert "no space left for leads" in outcome.err
    assert contents(db) == before

    db.execute("drop trigger lead_99_fail on lead")
    assert clinic("phone-metadata", "--apply", "--join").code == 0
    assert numbers(clinic) == []


@pytest.mark.usefixtures("italian_rule")
def test_functions_that_migrate_has_loaded_are_applied_too(
    clinic: CommandLine, db: Connection
) -> None:
    thread = write(db, "390612345678@s.whatsapp.net", "ciao")
    outcome = clinic("migrate")
    assert "onethread phone-metadata" in outcome.out
    assert "onethread phone-metadata" not in clinic("migrate").out
    assert len(numbers(clinic)) == 1
    assert clinic("phone-metadata", "--apply").code == 0
    assert write(db, "39612345678@s.whatsapp.net", "ancora") == thread


@pytest.mark.usefixtures("italian_rule")
def test_a_writer_waits_and_reads_with_the_new_functions(
    clinic: CommandLine, db: Connection
) -> None:
    thread = write(db, "390612345678@s.whatsapp.net", "before")
    listed: list[Any] = []
    written: list[int] = []

    def work(connection: Connection) -> None:
        # Whatever this session keeps of the old functions is of no use to it afterwards.
        write(connection, "390699999999@s.whatsapp.net", "under the old functions")
        listed.extend(applying.enter_context(phones.new_functions(db, is_applied=True)).numbers())
        written.append(write(connection, "39612345678@s.whatsapp.net", "meanwhile"))

    with ExitStack() as applying:
        assert run_until_blocked(clinic.url, work, applying.close) == []
    assert (len(listed), written) == (2, [thread])
    assert problems(db) == []


def test_a_database_of_other_tables_is_refused(
    clinic: CommandLine, db: Connection, db_copy: Path
) -> None:
    folder = db_copy / "migrations"
    last = max(path.stem for path in folder.glob("*.sql"))
    (folder / "9999_later.sql").write_text(f"-- depends: {last}\n")
    outcome = clinic("phone-metadata")
    assert (outcome.code, outcome.err.splitlines()[-1]) == (1, "Run `onethread migrate`.")
    migrate.migrate(clinic.url)
    assert clinic("phone-metadata").code == 0
