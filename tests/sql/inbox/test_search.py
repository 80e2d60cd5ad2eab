"""search_conversations(): by name, number and text, in one's own business only."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from onethread.cli.main import main
from onethread.messages.write import insert_names
from onethread.model.contact_name import BOOK, SUBJECT, ContactName
from onethread.schema.text_index import create_text_index, index_statement
from tests.conftest import Connection, add_business, add_login, insert
from tests.sql.query import add_lead, rows, scalar

PHONE = "+972501234567"
START = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture(params=["newest messages", "text index"])
def has_index(request: pytest.FixtureRequest, connection: Connection) -> bool:
    """Every test with this fixture runs without the index, and with it."""
    if request.param == "text index":
        connection.execute(index_statement().replace("concurrently ", ""))
    assert scalar(connection, "select onethread.has_text_index()") == (
        request.param == "text index"
    )
    return bool(request.param == "text index")


def search(connection: Connection, business_id: int, text: str, size: int = 50) -> list[int]:
    """Conversations found, each once, best first."""
    found = rows(
        connection,
        "select conversation_id from onethread.search_conversations(%s, %s, %s)",
        business_id, text, size,
    )  # fmt: skip
    return list(dict.fromkeys(row.conversation_id for row in found))


@pytest.mark.parametrize(
    "text",
    ["0501234567", "+972 50-123-4567", "972501234567@s.whatsapp.net", "dana", "Dana LEVI",
     "levi dan", "appointment", "appoint", "move appointment", "תור", "лосось"],
)  # fmt: skip
def test_person_is_found_when_named_numbered_or_quoted(
    has_index: bool, connection: Connection, business_id: int, text: str
) -> None:
    row = insert(connection, business_id, "inbound", address=PHONE, sender_name="Dana Levi",
                 body="Can I move my appointment? תורים лосось")  # fmt: skip
    insert(connection, business_id, "inbound", address="0507654321", sender_name="Noa", body="Hi")
    assert search(connection, business_id, text) == [row.conversation_id]


@pytest.mark.parametrize(
    "text", ["", " ", "'", "q & | ! :*", "\\", "%", "_", "nobody", "ppointment", "dana noa",
             "567", "🦷",
             "business 1", "'business 1'", "x" * 3000]
)  # fmt: skip
def test_nothing_is_found_when_no_word_fits(
    has_index: bool, connection: Connection, business_id: int, text: str
) -> None:
    insert(
        connection, business_id, "inbound", address=PHONE, sender_name="Dana", body="appointment"
    )
    assert search(connection, business_id, text) == []


def test_lead_is_found_by_name_and_a_bots_name_is_not_the_persons(
    has_index: bool, connection: Connection, business_id: int
) -> None:
    add_lead(connection, business_id, PHONE, "Ruth Cohen")
    row = insert(connection, business_id, "outbound", address=PHONE, sender_name="Robot", body="x")
    assert search(connection, business_id, "cohen") == [row.conversation_id]
    assert search(connection, business_id, "robot") == []


def test_newest_come_first_and_old_ones_are_found_too_when_many_match(
    has_index: bool, connection: Connection, business_id: int
) -> None:
    """The rare word is in the oldest message, further back than anybody walks."""
    connection.execute(
        "insert into whatsapp_message (business_id, direction, from_number, body, sent_at) "
        "select %s, 'inbound', 100000000000000 + i / 50 || '@lid', "
        "  case when i = 1 then 'rare common' else 'common' end, "
        "  '2026-01-01'::timestamptz + i * interval '1 minute' from generate_series(1, 10010) i",
        [business_id],
    )
    newest = scalar(
        connection, "select conversation_id from whatsapp_message order by sent_at desc limit 1"
    )
    assert search(connection, business_id, "common", 1) == [newest]
    assert len(search(connection, business_id, "common", 1000)) == 201
    assert len(search(connection, business_id, "rare")) == int(has_index)


def test_long_text_is_stored_when_an_index_could_not_hold_it(
    has_index: bool, connection: Connection, business_id: int
) -> None:
    words = " ".join(f"word{number}" for number in range(400_000))
    insert(connection, business_id, "inbound", address=PHONE, body=words, sender_name="n" * 5000)
    assert len(search(connection, business_id, "word11")) == 1


@pytest.mark.parametrize("is_indexed", [False, True])
def test_only_the_own_business_is_searched_when_a_policy_applies(
    database: str, is_indexed: bool
) -> None:
    with psycopg.connect(database, autocommit=True) as owner:
        if is_indexed:
            create_text_index(owner)
        mine, other = add_business(owner), add_business(owner, "Other")
        for business_id in (mine, other):
            insert(owner, business_id, "inbound", address=PHONE, sender_name="Dana", body="secret")
            add_lead(owner, business_id, PHONE, "Lead")
        reader_role = f"search_reader_{is_indexed}".lower()  # roles are the whole server's
        add_login(owner, reader_role, "onethread_app")
        try:
            with psycopg.connect(database, user=reader_role, autocommit=True) as reader:
                check(reader, mine, other)
            with psycopg.connect(database, autocommit=True) as switched:
                switched.execute(f"set role {reader_role}")
                check(switched, mine, other)
                switched.execute("reset role")
                assert search(switched, other, "secret")
        finally:
            owner.execute(f"drop role {reader_role}")


def check(reader: Connection, mine: int, other: int) -> None:
    """A reader of `mine` finds its own people, and nobody without a setting."""
    for text in ("secret", PHONE, "lead", "dana"):
        assert search(reader, mine, text) == []
        reader.execute("select set_config('onethread.business_id', %s, false)", [str(mine)])
        assert len(search(reader, mine, text)) == 1
        assert search(reader, other, text) == []
        reader.execute("select set_config('onethread.business_id', '', false)")


def test_index_is_made_and_dropped_when_asked(
    database: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", database)

    def run(*arguments: str) -> str:
        assert main(["search-index", *arguments]) == 0
        return capsys.readouterr().out

    with psycopg.connect(database, autocommit=True) as owner:
        assert "Made" in run()
        assert "already" in run()
        owner.execute(  # as an interrupted call leaves it
            "update pg_index set indisvalid = false "
            "where indexrelid = 'whatsapp_message_text_idx'::regclass"
        )
        assert not scalar(owner, "select onethread.has_text_index()")
        assert "Made" in run()
        assert scalar(owner, "select onethread.has_text_index()")
        assert "newest 10,000" in run("--drop")
        assert not scalar(owner, "select onethread.has_text_index()")


@pytest.mark.parametrize(
    "text",
    ["4567", "1234567", "050-1234", "050123", "+972501", "972501234", "+972 50 123", "1234",
     "876019134910105", "٤٥٦٧"],
)  # fmt: skip
def test_person_is_found_by_a_part_of_the_number(
    connection: Connection, business_id: int, text: str
) -> None:
    row = insert(connection, business_id, "inbound", address=PHONE,
                 contact_aliases=["876019134910105@lid"])  # fmt: skip
    insert(connection, business_id, "inbound", address="+972547654321")
    assert search(connection, business_id, text) == [row.conversation_id]
    assert search(connection, business_id, "+" + PHONE[5:]) == []  # with a + it begins so


@pytest.mark.parametrize(
    ("name", "texts"),
    [
        ("Zoë García", ["zoe", "GARCIA", "garcía zoë"]),
        ("João", ["joao", "JOÃO"]),
        ("أحمد", ["احمد", "أحمد"]),
        ("Fatima مؤمنة", ["مومنه"]),
        ("O'Connor", ["oconnor", "o\u2019connor", "connor", "O Connor"]),
        ("OConnor", ["o'connor"]),
        ("Noa Bar-On", ["BarOn", "bar on", "Bar-On", "on noa"]),
        ("ד״ר כהן", ["דר כהן", 'ד"ר']),
        ("Łukasz Weiß", ["lukasz weiss"]),
    ],
)
def test_name_is_found_in_any_spelling(
    connection: Connection, business_id: int, name: str, texts: list[str]
) -> None:
    """Whoever says it: the person, the lead, the business's address book."""
    shown = insert(connection, business_id, "inbound", address=PHONE, sender_name=name)
    led = insert(connection, business_id, "inbound", address="0507654321").conversation_id
    add_lead(connection, business_id, "0507654321", name)
    booked = insert(connection, business_id, "inbound", address="0521111111").conversation_id
    told = ContactName(address="+972521111111", source=BOOK, name=name, provider="x")
    insert_names(connection, business_id, [told])
    insert(connection, business_id, "inbound", address="0522222222", sender_name="Onyx Garner")
    for text in texts:
        assert {*search(connection, business_id, text)} == {shown.conversation_id, led, booked}


def test_name_is_found_when_it_was_shown_long_ago(connection: Connection, business_id: int) -> None:
    """Further back than texts are searched; once a name, whoever writes it how often; in groups it
    is nobody's."""
    common = {"business_id": business_id, "direction": "inbound"}
    row = insert(connection, business_id, "inbound", address=PHONE, sender_name="Peter Müller")
    insert(connection, business_id, "inbound", address=PHONE, sender_name="Peter Müller")
    insert(connection, business_id, "inbound", address="120363000000000001@g.us",
           participant=PHONE, sender_name="Peter M")  # fmt: skip
    insert(connection, business_id, "outbound", address=PHONE, sender_name="Robot")
    connection.execute(
        "insert into whatsapp_message (business_id, direction, from_number, body) "
        "select %(business_id)s, %(direction)s, '+972501111111', 'x' "
        "from generate_series(1, 10001)",
        common,
    )
    assert search(connection, business_id, "peter muller") == [row.conversation_id]
    assert rows(connection, "select name from onethread.shown_name") == [("Peter Müller",)]


def test_name_goes_with_the_messages_when_history_is_linked(
    connection: Connection, business_id: int
) -> None:
    """A CRM's rows, which no trigger saw."""
    connection.execute("alter table whatsapp_message disable trigger user")
    insert(connection, business_id, "inbound", address=PHONE, sender_name="Dana Levi")
    connection.execute("alter table whatsapp_message enable trigger user")
    assert search(connection, business_id, "dana") == []
    connection.execute("select onethread.link_unlinked_messages(%s)", [business_id])
    assert len(search(connection, business_id, "dana")) == 1
    assert scalar(connection, "select count(*) from onethread.shown_name") == 1


def test_names_are_kept_to_a_bound_when_somebody_changes_theirs_all_the_time(
    connection: Connection, business_id: int
) -> None:
    connection.execute(
        "insert into whatsapp_message (business_id, direction, from_number, sender_name) "
        "select %s, 'inbound', %s, 'Name' || n from generate_series(1, 60) n",
        [business_id, PHONE],
    )
    assert scalar(connection, "select count(*) from onethread.shown_name") == 50


def test_group_is_found_by_its_subject_and_a_file_by_its_name(
    has_index: bool, connection: Connection, business_id: int
) -> None:
    group = insert(connection, business_id, "inbound", address="120363000000000001@g.us",
                   participant=PHONE, body="🦷 hurts",
                   media='{"filename": "lab_results-2025.pdf"}')  # fmt: skip
    told = ContactName(address="120363000000000001@g.us", source=SUBJECT, name="Tooth club",
                       provider="x")  # fmt: skip
    insert_names(connection, business_id, [told])
    insert(connection, business_id, "inbound", address=PHONE, body="fine")
    for text in ("tooth", "lab", "results", "lab_results-2025.pdf", "120363000000000001", "🦷"):
        assert search(connection, business_id, text) == [group.conversation_id], text


def test_newest_conversation_comes_first_when_several_have_the_name(
    connection: Connection, business_id: int
) -> None:
    """The first one wrote last."""
    found = [
        insert(connection, business_id, "inbound", address=f"+97250123456{day % 3}",
               sender_name="Anna Levi", sent_at=START + timedelta(days=day)).conversation_id
        for day in range(4)
    ]  # fmt: skip
    assert search(connection, business_id, "anna") == [found[0], found[2], found[1]]
    assert search(connection, business_id, "5012345") == [found[0], found[2], found[1]]


def test_indexes_of_names_are_used_when_searched(connection: Connection, business_id: int) -> None:
    """name_words() is put in place of its call: or every name would be taken apart."""
    connection.execute("set local enable_seqscan = off")
    for table, column, index in (
        ("public.lead", "name", "lead_words_idx"),
        ("onethread.shown_name", "name", "shown_name_words_idx"),
        ("onethread.contact_name", "name", "contact_name_words_idx"),
    ):
        plan = connection.execute(
            f"explain select from {table} t where t.{column} is not null "
            "and array_to_tsvector(array['business ' || t.business_id]) "
            f"|| onethread.name_words(t.{column}) @@ 'x'::tsquery"
        ).fetchall()
        assert any(index in line for (line,) in plan), plan
