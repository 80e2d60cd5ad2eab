"""The main job by a router: nothing but DATABASE_URL and ONETHREAD_SHARDS is another."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from functools import partial
from io import StringIO

import psycopg
import pytest

import onethread
from onethread.cli.main import main
from onethread.database.business import add_business
from onethread.errors import OnethreadError
from onethread.intake.rejects import list_rejects
from onethread.people import erasure, identity
from tests.conftest import Connection
from tests.shards.running import NAMES, Running

PHONE = "+972501234567"
INGEST = ("ingest", "--provider", "baileys", "tests/fixtures/baileys.jsonl")
LID = "116883390996710@lid"


def message(address: str, body: str) -> onethread.Message:
    return onethread.Message(direction="inbound", from_number=address, body=body)


def bodies(session: Connection, business_id: int, address: str = PHONE) -> list[str]:
    return sorted(row["body"] for row in onethread.thread(session, business_id, address))


def test_business_gets_id_of_no_other_shard(
    session: Connection, running: Running, businesses: dict[str, int]
) -> None:
    added = {add_business(session, "one more", "IL", [PHONE]) for _ in range(2)}
    everywhere: list[int] = []
    for name in NAMES:
        with psycopg.connect(running.shard(name)) as shard:
            ids = [row[0] for row in shard.execute("select id from business").fetchall()]
            assert businesses[name] in ids
            everywhere += ids
    assert len(everywhere) == len(set(everywhere))
    assert added < set(everywhere)


def test_two_names_of_one_person_are_one_thread_on_each_shard(
    session: Connection, businesses: dict[str, int]
) -> None:
    for business_id in businesses.values():
        onethread.insert_message(session, business_id, message(PHONE, "by phone"))
        onethread.insert_message(session, business_id, message(LID, "by account"))
        assert bodies(session, business_id) == ["by phone"]
        statement = onethread.Evidence(a=LID, b=PHONE, relation="same", source="test")
        onethread.insert_evidence(session, business_id, [statement])
        assert bodies(session, business_id) == ["by account", "by phone"]


def test_merge_undo_export_and_erase_are_the_shards_own(
    session: Connection, businesses: dict[str, int]
) -> None:
    for business_id in businesses.values():
        rows = [
            onethread.insert_message(session, business_id, message(address, address))
            for address in (PHONE, "+972501234568")
        ]
        first, second = (row["conversation_id"] for row in rows if row is not None)
        merge_id = identity.merge(session, business_id, first, second, "the same")
        assert bodies(session, business_id) == [PHONE, "+972501234568"]
        identity.undo_merge(session, business_id, merge_id)
        assert bodies(session, business_id) == [PHONE]
        file = StringIO()
        assert erasure.export(session, business_id, PHONE, file) > 0
        assert PHONE in json.dumps(json.loads(file.getvalue()))
        erasure.erase(session, business_id, PHONE, lambda counts: None)
        assert len(onethread.inbox(session, business_id)) == 1


def test_samples_are_taken_as_on_one_server(
    businesses: dict[str, int], capsys: pytest.CaptureFixture[str]
) -> None:
    said = set()
    for business_id in businesses.values():
        assert main([*INGEST, "--business", str(business_id)]) == 0
        said.add(capsys.readouterr().out)
        assert main(["inbox", "--business", str(business_id), "--json"]) == 0
        said.add(str(len(json.loads(capsys.readouterr().out))))
    assert len(said) == 2


def test_commands_about_all_businesses_say_which_shard(
    businesses: dict[str, int], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["business", "list", "--json"]) == 0
    shards = {int(row["id"]): row["shard"] for row in json.loads(capsys.readouterr().out)}
    assert {name: shards[each] for name, each in businesses.items()} == {
        name: name for name in NAMES
    }
    assert main(["retention", "--json"]) == 0
    assert {row["shard"] for row in json.loads(capsys.readouterr().out)} == set(NAMES)
    main(["doctor", "--json", "--quick"])
    findings = json.loads(capsys.readouterr().out)
    assert {row["status"] for row in findings if row["check"] == "schema"} == {"ok"}
    assert [row for row in findings if "cannot be asked" in row["detail"]] == []
    assert main(["migrate"]) == 1
    assert "`onethread shards migrate`" in capsys.readouterr().err


def test_plain_writers_insert_by_the_column(
    plain: Connection, session: Connection, businesses: dict[str, int]
) -> None:
    insert = (
        "insert into whatsapp_message (business_id, id, direction, from_number, body) "
        "values (%s, 7000001, 'inbound', %s, 'the same id')"
    )
    for business_id in businesses.values():
        plain.execute(insert, [business_id, PHONE])
        with plain.cursor().copy(
            "copy whatsapp_message (business_id, direction, from_number, body) from stdin"
        ) as copy:
            for number in range(3):
                copy.write_row((business_id, "inbound", PHONE, f"copy {number}"))
    for business_id in businesses.values():
        assert bodies(session, business_id) == ["copy 0", "copy 1", "copy 2", "the same id"]
        counted = plain.execute(
            "select count(*), count(distinct conversation_id) from whatsapp_message "
            "where business_id = %s",
            [business_id],
        )
        assert counted.fetchone() == (4, 1)


def test_router_refuses_what_is_about_no_business(session: Connection, plain: Connection) -> None:
    with pytest.raises(psycopg.DatabaseError) as refused:
        plain.execute("select count(*) from whatsapp_message")
    assert str(refused.value.sqlstate).startswith("SPQR")
    with pytest.raises(OnethreadError, match="about one business"):
        list_rejects(session)


def test_first_contacts_are_one_thread_when_two_routers_race(
    running: Running, session: Connection, businesses: dict[str, int]
) -> None:
    people = [f"+97250123{number:04}" for number in range(20)]

    def write(number: int, business_id: int) -> None:
        url = running.router(number)
        with onethread.connect(url) as connection:
            for phone in people:
                onethread.insert_message(connection, business_id, message(phone, "hello"))

    run_together(
        *(
            partial(write, number, business_id)
            for number in (1, 2, 1, 2)
            for business_id in businesses.values()
        )
    )
    for business_id in businesses.values():
        lines = onethread.inbox(session, business_id, page_size=100)
        assert len(lines) == len(people)
        assert bodies(session, business_id, people[0]) == ["hello"] * 4


def run_together(*works: Callable[[], object]) -> None:
    """Runs them at one time; raises what the first one raises that does."""
    errors: list[BaseException] = []

    def run(work: Callable[[], object]) -> None:
        try:
            work()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=[work]) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
