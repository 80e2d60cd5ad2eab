"""Webhooks that are stored together: what each is answered, and that none is in another's way."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Hashable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from statistics import median
from typing import Any

import psycopg
import pytest
from fastapi.testclient import TestClient

import onethread
from onethread.errors import NothingOwn, UnknownBusiness
from onethread.intake import together
from onethread.intake.shared import OwnAccounts, SharedPayload
from onethread.intake.store import IntakeResult
from onethread.intake.together import Delivery, store_alone, store_together
from onethread.web import create_app
from onethread.web.keys import WebhookKeys
from tests.cli.test_ingest import upsert
from tests.conftest import Connection, add_business
from tests.database.test_round_trips import watch
from tests.server import cloned
from tests.web.conftest import LOCAL, SETTINGS

BUSINESSES = 6
# A secret that all of them had would make each prove what is its own.
OPEN = replace(SETTINGS, keys=WebhookKeys(), is_insecure=True)


@pytest.fixture(scope="module")
def shared(postgresql_noproc: Any) -> Iterator[str]:
    """A database whose tests each make their own businesses."""
    with cloned(postgresql_noproc) as uri:
        with psycopg.connect(uri) as connection:
            connection.execute(
                "create function refuse() returns trigger language plpgsql as "
                "$$ begin if new.body = 'bad' then raise exception 'spam'; end if; "
                "return new; end $$"
            )
            connection.execute(
                "create trigger a_refuse before insert on whatsapp_message "
                "for each row execute function refuse()"
            )
        yield uri


@pytest.fixture
def session(shared: str) -> Iterator[Connection]:
    with onethread.connect(shared) as connection:
        yield connection


@pytest.fixture
def businesses(session: Connection) -> list[int]:
    return [add_business(session) for _ in range(BUSINESSES)]


def text(business_id: int, number: int, body: str = "hi", **more: Any) -> Delivery:
    payload = upsert(f"{business_id:04X}{number:04X}", body)
    return Delivery(business_id, "baileys", json.dumps(payload), **more)


def named(business_id: int, number: int, instance: str) -> Delivery:
    """One that came under a shared secret, of this instance."""
    delivery = text(business_id, number, is_shared=True)
    delivery.text = delivery.text.replace("{", f'{{"instance": "{instance}", ', 1)
    return delivery


def register(connection: Connection, business_id: int, instance: str) -> None:
    connection.execute(
        "insert into onethread.webhook (business_id, provider, instance) "
        "values (%s, 'baileys', %s)",
        [business_id, instance],
    )


def shared_key(business_id: int, instance: str) -> Hashable:
    return SharedPayload(business_id, "baileys", named(business_id, 0, instance).text).key


def bodies(connection: Connection, business_id: int) -> list[str]:
    rows = connection.execute(
        "select body from whatsapp_message where business_id = %s order by id", [business_id]
    )
    return [body for (body,) in rows]


def kept(connection: Connection, business_id: int) -> list[tuple[str, bool]]:
    return connection.execute(
        "select reason, is_unread from onethread.webhook_reject where business_id = %s order by id",
        [business_id],
    ).fetchall()


def test_deliveries_of_several_businesses_are_one_transaction(
    session: Connection, businesses: list[int]
) -> None:
    """And one that lets the database learn from copies, when that one is committed."""
    deliveries = [text(each, number) for number in range(3) for each in businesses]
    deliveries += [Delivery(businesses[0], "baileys", "{"), text(businesses[1], 1, "other")]
    round_trips, transactions = watch(session, lambda: store_together(session, deliveries))
    assert transactions == 2
    assert round_trips <= 6
    outcomes = [each.outcome for each in deliveries]
    assert outcomes[:-2] == [IntakeResult(messages=1)] * 3 * BUSINESSES
    assert outcomes[-2] == IntakeResult(rejected={"not valid JSON": 1})
    assert outcomes[-1] == IntakeResult(duplicates=1, unread={"another message has this id": 1})
    assert [len(bodies(session, each)) for each in businesses] == [3] * BUSINESSES
    assert kept(session, businesses[0]) == [("not valid JSON", False)]
    assert kept(session, businesses[1]) == [("not read: another message has this id", True)]


def test_statuses_are_one_statement_and_each_is_counted(
    session: Connection, businesses: list[int]
) -> None:
    one = businesses[0]

    def status(kind: str) -> Delivery:
        state = {"id": "wamid.A", "status": kind, "timestamp": "1780000000",
                 "recipient_id": "972521110001"}  # fmt: skip
        value = {"messaging_product": "whatsapp", "metadata": {"phone_number_id": "1"},
                 "statuses": [state]}  # fmt: skip
        payload = {"entry": [{"id": "1", "changes": [{"field": "messages", "value": value}]}]}
        return Delivery(one, "meta_cloud", json.dumps(payload))

    deliveries = [status("sent"), status("delivered"), status("sent")]
    store_together(session, deliveries)
    outcomes = [each.outcome for each in deliveries]
    assert all(isinstance(each, IntakeResult) for each in outcomes)
    assert [each.events for each in outcomes if isinstance(each, IntakeResult)] == [1, 1, 0]


def test_neighbours_are_stored_when_the_database_refuses_a_payload(
    session: Connection, businesses: list[int]
) -> None:
    one, two, three = businesses[:3]
    deliveries = [text(one, 1), text(two, 1), text(two, 2, "bad"), text(two, 3), text(three, 1)]
    store_together(session, deliveries)
    assert [each.outcome is None for each in deliveries] == [False, True, True, True, False]
    store_alone(session, deliveries[1:4])
    assert [each.outcome for each in deliveries] == [
        IntakeResult(messages=1),
        IntakeResult(messages=1),
        IntakeResult(rejected={"spam": 1}),
        IntakeResult(messages=1),
        IntakeResult(messages=1),
    ]
    assert bodies(session, two) == ["hi", "hi"]
    assert kept(session, two) == [("spam", False)]


def test_businesses_are_told_apart_when_one_is_unknown_or_nothing_is_its_own(
    session: Connection, businesses: list[int]
) -> None:
    one = businesses[0]
    register(session, one, "own")
    unknown, empty = text(10**9, 1), Delivery(10**9 + 1, "baileys", '{"event": "presence.update"}')
    foreign, own = text(one, 1, is_shared=True), named(one, 2, "own")
    deliveries = [unknown, empty, foreign, own, text(businesses[1], 1), text(2**70, 1)]
    store_together(session, deliveries)
    for each in deliveries:
        store_alone(session, [each])
    kinds = [type(each.outcome) for each in deliveries]
    assert kinds == [UnknownBusiness, UnknownBusiness, NothingOwn, IntakeResult, IntakeResult,
                     UnknownBusiness]  # fmt: skip
    assert [len(bodies(session, each)) for each in businesses[:2]] == [1, 1]


def test_accounts_of_a_shared_secret_are_asked_for_once_in_a_while(
    session: Connection, businesses: list[int]
) -> None:
    """For all payloads of a business together; what is not its own is asked for each time."""
    own = OwnAccounts(60)
    for each in businesses:
        register(session, each, "own")

    def bring(number: int) -> list[Delivery]:
        pair = (2 * number, 2 * number + 1)
        return [named(each, number, "own") for each in businesses for number in pair]

    def store(number: int) -> tuple[int, int]:
        deliveries = bring(number)
        return watch(session, lambda: store_together(session, deliveries, own))

    store(0)  # prepares the statements
    assert own.know(shared_key(businesses[0], "own"))
    known, _ = store(1)
    session.execute("delete from onethread.webhook where business_id = %s", [businesses[0]])
    asked, _ = watch(session, lambda: store_together(session, bring(2)))
    assert known < asked
    assert [len(bodies(session, each)) for each in businesses] == [4, *[6] * (BUSINESSES - 1)]

    foreign = named(businesses[1], 7, "new")
    store_together(session, [foreign], own)
    assert isinstance(foreign.outcome, NothingOwn)
    register(session, businesses[1], "new")
    again = named(businesses[1], 7, "new")
    store_together(session, [again], own)
    assert again.outcome == IntakeResult(messages=1)


def test_nothing_is_doubled_when_the_connection_is_lost(
    session: Connection, businesses: list[int]
) -> None:
    """Before they are stored, and between that and what is learned from them."""
    one = businesses[0]
    deliveries = [text(one, 1), text(one, 2)]
    with psycopg.connect(session.info.dsn, autocommit=True) as other:
        session.execute("select pg_terminate_backend(%s)", [other.info.backend_pid])
        with pytest.raises(psycopg.OperationalError):
            store_together(other, deliveries)
    with psycopg.connect(session.info.dsn, autocommit=True) as other:
        learning = together.at_once  # the second transaction is about that
        cuts = iter((False, True))

        def cut(connection: Connection, **more: Any) -> Any:
            if next(cuts):
                session.execute("select pg_terminate_backend(%s)", [other.info.backend_pid])
            return learning(connection, **more)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(together, "at_once", cut)
            with pytest.raises(psycopg.OperationalError):
                store_together(other, deliveries)
    assert [each.is_stored for each in deliveries] == [True, True]
    store_together(session, deliveries)
    assert [each.outcome for each in deliveries] == [IntakeResult(messages=1)] * 2
    assert bodies(session, one) == ["hi", "hi"]


def test_others_are_answered_when_somebody_holds_the_people_of_one_business(
    shared: str, session: Connection, businesses: list[int]
) -> None:
    """However long; and what the held one brings is stored in its order afterwards."""
    store_together(session, [text(each, 0) for each in businesses])
    longest = []
    with (
        TestClient(create_app(shared, OPEN), base_url=LOCAL) as client,
        psycopg.connect(shared) as blocker,
        ThreadPoolExecutor(20) as pool,
    ):

        def post(business_id: int, number: int) -> float:
            started = time.monotonic()
            payload = upsert(f"{business_id:04X}{number:04X}", str(number))
            answer = client.post(f"/webhooks/baileys/{business_id}", json=payload)
            assert answer.status_code == 200
            return time.monotonic() - started

        def hold(held: int, first: int) -> Iterator[float]:
            """How long the others take, until ten of each are answered."""
            others = [each for each in businesses if each != held]
            blocker.execute(
                "select from whatsapp_identity where business_id = %s for update", [held]
            )
            waiting = []
            for number in range(first, first + 10):
                if len(waiting) < 3:
                    waiting.append(pool.submit(post, held, number))
                yield from pool.map(post, others, [number] * len(others))
            assert not any(each.done() for each in waiting)
            blocker.rollback()
            for each in waiting:
                each.result()

        post(businesses[0], 9)
        for turn, held in enumerate(businesses[1:], start=1):
            longest.append(max(hold(held, turn * 10)))
            own = [str(number) for number in range(turn * 10, turn * 10 + 3)]
            assert [body for body in bodies(session, held) if body in own] == own
    # Nobody waits for the lock, which may be held for ever. The machine may pause in one turn.
    assert median(longest) < 0.5


def test_delivery_is_503_when_it_is_not_its_turn_in_time(
    shared: str, session: Connection, businesses: list[int]
) -> None:
    held = businesses[0]
    store_together(session, [text(held, 0)])
    path = f"/webhooks/baileys/{held}"
    with (
        TestClient(create_app(shared, OPEN), base_url=LOCAL) as client,
        psycopg.connect(shared) as blocker,
    ):
        blocker.execute("select from whatsapp_identity where business_id = %s for update", [held])
        first = threading.Thread(
            target=client.post, args=[path], kwargs={"json": upsert("A1", "1")}
        )
        first.start()
        while not session.execute("select from pg_locks where not granted").rowcount:
            time.sleep(0.02)
        time.sleep(0.1)  # it goes by itself now
        answer = client.post(path, json=upsert("A2", "2"))
        assert answer.status_code == 503
        assert int(answer.headers["Retry-After"]) > 0
        blocker.rollback()
        first.join()
        assert client.post(path, json=upsert("A2", "2")).status_code == 200
    assert bodies(session, held) == ["hi", "1", "2"]
