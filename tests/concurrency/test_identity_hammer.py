"""Everything at once: writers by every name of a person, joins, undos, leads, evidence, answers;
agents who read and take notes in a CRM's table, and say of people that they are two.

ONETHREAD_HAMMER_SECONDS sets how long (10 unless told). On a slow machine it goes on until enough
people have been met.
"""

from __future__ import annotations

import os
import random
import re
import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from tests import agents
from tests.concurrency.sessions import Connection, count, create_business
from tests.conftest import insert
from tests.sql.histories import WRONG_QUESTIONS

SECONDS = float(os.environ.get("ONETHREAD_HAMMER_SECONDS", "10"))
PEOPLE_A_SECOND = 300
WINDOW = 40
ENOUGH_PEOPLE = int(100 * SECONDS)
MOST_SECONDS = 6 * SECONDS
ALLOWED = {"40P01", "40001"}

# People by their number modulo 10: whose threads are merged for a while, and who has a lead that
# messages name. The rest are attested by their messages and by evidence only.
BORROWED, LED = (3, 4), 7


def _phone(person: int) -> str:
    return f"97252{person:07d}@s.whatsapp.net"


def _lid(person: int) -> str:
    return f"8700{person:010d}@lid"


def _person(address: str) -> int:
    return int(re.sub(r"\D", "", address)[-7:])


class Ledger:
    """What the sessions were told had been done."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.messages: set[str] = set()
        self.people: set[int] = set()
        self.attested: set[int] = set()
        self.errors: Counter[tuple[str, str]] = Counter()
        self.examples: dict[tuple[str, str], str] = {}
        self.done: Counter[str] = Counter()
        self.sent: list[int] = []


class Hammer:
    def __init__(self, database: str, business_id: int) -> None:
        self.database, self.business_id = database, business_id
        self.ledger = Ledger()
        self.started = time.monotonic()
        self.failures: list[BaseException] = []
        self.leads: dict[int, int] = {}

    def run(self, works: dict[str, Callable[[Connection, random.Random, str], None]]) -> None:
        self.started = time.monotonic()
        threads = [
            threading.Thread(target=self._session, args=(name, work), daemon=True)
            for name, work in works.items()
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(MOST_SECONDS + 60)
            assert not thread.is_alive(), "a session never came back"
        assert not self.failures, self.failures

    def person(self, chance: random.Random) -> int:
        elapsed = min(time.monotonic() - self.started, MOST_SECONDS)
        return int(elapsed * PEOPLE_A_SECOND) + chance.randrange(WINDOW)

    def is_over(self) -> bool:
        elapsed = time.monotonic() - self.started
        is_enough = len(self.ledger.people) > ENOUGH_PEOPLE
        return elapsed >= MOST_SECONDS or (elapsed >= SECONDS and is_enough)

    def write(self, *ways: str, rows: int = 1, isolation: Any = None) -> Callable[..., None]:
        """A writer of transactions of so many rows, each by one of these ways."""

        def work(connection: Connection, chance: random.Random, name: str) -> None:
            connection.isolation_level = isolation
            written, attested = [], []
            with connection.transaction():
                for _ in range(rows):
                    person, way = self.person(chance), chance.choice(ways)
                    body = f"{person} {name} {chance.getrandbits(60)}"
                    self._insert(connection, person, way, body)
                    written.append(body)
                    attested += [person] if way == "both" or person % 10 == LED else []
            with self.ledger.lock:
                self.ledger.messages.update(written)
                self.ledger.people.update(int(body.split()[0]) for body in written)
                self.ledger.attested.update(p for p in attested if p % 10 != LED)

        return work

    def answer(self, connection: Connection, chance: random.Random, name: str) -> None:
        """Queues an answer: in the thread where it was read, or, while that may be two people's,
        by its address."""
        person = self.person(chance)
        thread = None
        if person % 10 not in BORROWED:
            thread = self._conversation(connection, person, chance)
        body = f"{person} {name} {chance.getrandbits(60)}"
        columns = {"lead_id": self.leads[person]} if person % 10 == LED else {}
        address = chance.choice([_phone, _lid])(person)
        agents.queue_answer(
            connection, self.business_id, address, body, conversation_id=thread, **columns
        )
        with self.ledger.lock:
            self.ledger.messages.add(body)

    def send(self, connection: Connection, chance: random.Random, name: str) -> None:
        """Claims what is due, and notes that it was sent."""
        claimed = connection.execute(
            "select id, send_attempts from onethread.claim_queued_messages(%s, 5, '1 hour')",
            [self.business_id],
        ).fetchall()
        for message_id, attempt in claimed:
            with self.ledger.lock:
                self.ledger.sent.append(message_id)
            connection.execute(
                "select onethread.note_sent_message(%s, %s, %s, %s)",
                [self.business_id, message_id, attempt, f"{message_id} {attempt}"],
            )

    def merge_and_undo(self, connection: Connection, chance: random.Random, _: str) -> None:
        base = self.person(chance) // 10 * 10
        pair = [self._conversation(connection, base + each, chance) for each in BORROWED]
        if None in pair or pair[0] == pair[1]:
            return
        [[merge_id]] = connection.execute(
            "select onethread.merge_conversations(%s, %s, %s, 'hammer')", [self.business_id, *pair]
        ).fetchall()
        while True:
            try:
                connection.execute(
                    "select onethread.undo_merge(%s, %s)", [self.business_id, merge_id]
                )
                return
            except (psycopg.errors.DeadlockDetected, psycopg.errors.LockNotAvailable) as error:
                self.ledger.errors["undo", str(error.sqlstate)] += 1

    def read_and_note(self, connection: Connection, chance: random.Random, name: str) -> None:
        """An agent reads a thread, and notes something about its person in a CRM's table."""
        person = self.person(chance)
        conversation_id = self._conversation(connection, person, chance)
        if conversation_id is None:
            return
        agents.mark_read(connection, self.business_id, conversation_id)
        bodies = {
            table: f"{person} {table} {name} {chance.getrandbits(60)}"
            for table in ("note", "setting")
        }
        agents.take_notes(connection, self.business_id, conversation_id, **bodies)

    def say_two_people(self, connection: Connection, chance: random.Random, _: str) -> None:
        """Of two who are: nothing changes for either."""
        people = chance.sample([n for n in range(WINDOW) if n % 10 not in BORROWED], 2)
        base = self.person(chance) // WINDOW * WINDOW
        pair = [self._conversation(connection, base + each, chance) for each in people]
        agents.say_two_people(connection, self.business_id, pair)

    def crm(self, connection: Connection, chance: random.Random, _: str) -> None:
        """Leads come, are spelled otherwise, go; and evidence comes."""
        person = self.person(chance)
        phone = f"+{_phone(person).partition('@')[0]}"
        if chance.random() < 0.5:
            connection.execute(
                "insert into whatsapp_identity_evidence (business_id, a, b, relation, source) "
                "values (%s, %s, %s, 'same', 'hammer') on conflict do nothing",
                [self.business_id, _lid(person), phone],
            )
            with self.ledger.lock:
                self.ledger.attested.add(person)
            return
        [[lead_id]] = connection.execute(
            "insert into lead (business_id, name, phone) values (%s, 'x', %s) returning id",
            [self.business_id, phone],
        ).fetchall()
        connection.execute(
            "update lead set phone = %s where business_id = %s and id = %s",
            [f"0{phone[4:]}", self.business_id, lead_id],
        )
        if chance.random() < 0.5:
            connection.execute(
                "delete from lead where business_id = %s and id = %s", [self.business_id, lead_id]
            )

    def claim(self, connection: Connection, chance: random.Random, _: str) -> None:
        """What anybody may say: of a person, and of two who are not the same. It joins nobody."""
        person = self.person(chance)
        other = person if chance.random() < 0.5 else person + chance.randrange(1, WINDOW)
        connection.execute(
            "insert into whatsapp_identity_evidence (business_id, a, b, relation, source, weight) "
            "values (%s, %s, %s, 'same', 'hammer', 'claimed') on conflict do nothing",
            [self.business_id, _lid(person), f"+{_phone(other).partition('@')[0]}"],
        )

    def _insert(self, connection: Connection, person: int, way: str, body: str) -> None:
        columns: dict[str, Any] = {"address": _lid(person) if way == "lid" else _phone(person)}
        if way == "both":
            columns["contact_aliases"] = [_lid(person)]
        if person % 10 == LED:
            columns["lead_id"] = self.leads[person]
        insert(connection, self.business_id, "inbound", body=body, **columns)

    def _conversation(
        self, connection: Connection, person: int, chance: random.Random
    ) -> int | None:
        address = chance.choice([_phone, _lid])(person)
        return agents.find_conversation(connection, self.business_id, address)

    def _session(self, name: str, work: Callable[[Connection, random.Random, str], None]) -> None:
        chance = random.Random(name)
        try:
            with psycopg.connect(self.database, autocommit=True) as connection:
                while not self.is_over():
                    try:
                        work(connection, chance, name)
                        self.ledger.done[name] += 1
                    except psycopg.Error as error:
                        self.ledger.errors[name, str(error.sqlstate)] += 1
                        self.ledger.examples.setdefault((name, str(error.sqlstate)), str(error))
        except BaseException as failure:
            self.failures.append(failure)


@pytest.mark.parametrize("rows", [1, 5], ids=["single rows", "transactions of several people"])
def test_nothing_is_split_or_lost_when_everything_happens_at_once(
    database: str, record_property: Any, capsys: pytest.CaptureFixture[str], rows: int
) -> None:
    """Single-row writers never fail among themselves, whoever merges, undoes and re-keys meanwhile.

    A transaction that meets several new people may meet them in another order than the next one:
    then one of the two is a deadlock's victim, and it may be the smaller one.
    """
    hammer = Hammer(database, create_business(database))
    _add_leads(hammer)
    with psycopg.connect(database, autocommit=True) as connection:
        agents.add_crm_tables(connection)
    repeatable = psycopg.IsolationLevel.REPEATABLE_READ
    hammer.run(
        {
            "single lid": hammer.write("lid"),
            "single phone": hammer.write("phone"),
            "single both": hammer.write("lid", "phone", "both"),
            "many": hammer.write("lid", "phone", "both", rows=rows),
            "repeatable single": hammer.write("lid", "phone", "both", isolation=repeatable),
            "repeatable many": hammer.write("lid", "phone", rows=rows, isolation=repeatable),
            "merger": hammer.merge_and_undo,
            "agent": hammer.read_and_note,
            "human": hammer.say_two_people,
            "crm": hammer.crm,
            "claimer": hammer.claim,
            "answers": hammer.answer,
            "sender": hammer.send,
            "other sender": hammer.send,
        }
    )

    with psycopg.connect(database, autocommit=True) as connection:
        for _ in range(5):
            [[pending]] = connection.execute(
                "select onethread.apply_pending_evidence(%s)", [hammer.business_id]
            ).fetchall()
            if not pending:
                break
        assert pending == 0
        _send_the_rest(connection, hammer)
    _report(hammer, record_property, capsys)
    assert len(hammer.ledger.people) > ENOUGH_PEOPLE

    ledger = hammer.ledger
    victims = {"40P01"} if rows > 1 else set()
    single = {
        name: state
        for name, state in ledger.errors
        if name.startswith("single") and state not in victims
    }
    examples = [text for (name, _), text in ledger.examples.items() if name in single]
    assert single == {}, "\n".join(examples)
    # A join may be refused, or not get its locks; nothing else may reach anybody.
    accepted = ALLOWED | {"55P03", "55000"}
    # An agent's conversation may be absorbed, or a human's not there any more, in that moment.
    lost = {("agent", "23503"), ("human", "P0002")}
    refused = {state for name, state in ledger.errors if (name, state) not in lost}
    assert refused <= accepted, ledger.examples
    _assert_whole(database, hammer)


def _add_leads(hammer: Hammer) -> None:
    last = int(MOST_SECONDS * PEOPLE_A_SECOND) + WINDOW
    with psycopg.connect(hammer.database) as connection:
        for person in range(LED, last + 10, 10):
            [[hammer.leads[person]]] = connection.execute(
                "insert into lead (business_id, name) values (%s, %s) returning id",
                [hammer.business_id, str(person)],
            ).fetchall()


def _send_the_rest(connection: Connection, hammer: Hammer) -> None:
    """Every answer is sent, and once."""
    count = -1
    while count != len(hammer.ledger.sent):
        count = len(hammer.ledger.sent)
        hammer.send(connection, random.Random(0), "the rest")
    assert len(set(hammer.ledger.sent)) == count
    statuses = connection.execute(
        "select status, delivery_note, count(*) from whatsapp_thread "
        "where business_id = %s and direction = 'outbound' group by status, delivery_note",
        [hammer.business_id],
    ).fetchall()
    assert statuses == [("sent", None, count)]


def _report(hammer: Hammer, record_property: Any, capsys: pytest.CaptureFixture[str]) -> None:
    states = Counter[str]()
    for (_, state), number in hammer.ledger.errors.items():
        states[state] += number
    for state in sorted(ALLOWED):
        record_property(state, states[state])
    with capsys.disabled():
        print(
            f"\nhammer: {len(hammer.ledger.people)} people, "
            f"{len(hammer.ledger.messages)} messages, "
            f"done {dict(hammer.ledger.done)}, errors {dict(hammer.ledger.errors)}"
        )


def _assert_whole(database: str, hammer: Hammer) -> None:
    with psycopg.connect(database) as connection:
        rows = connection.execute(
            "select body, conversation_id, to_number from whatsapp_message where business_id = %s",
            [hammer.business_id],
        ).fetchall()
        [[absorbed]] = connection.execute(
            "select count(*) from whatsapp_message m inner join "
            "onethread.whatsapp_conversation_merge g "
            "on g.business_id = m.business_id and g.absorbed_id = m.conversation_id "
            "where m.business_id = %s and g.undone_at is null",
            [hammer.business_id],
        ).fetchall()
        violations = connection.execute(
            "select problem, count(*), min(id) from thread_integrity "
            "where business_id = %s group by problem",
            [hammer.business_id],
        ).fetchall()
        wrong_questions = connection.execute(WRONG_QUESTIONS, [hammer.business_id]).fetchall()
    assert {body for body, _, _ in rows} == hammer.ledger.messages
    assert count(database, "whatsapp_message", hammer.business_id) == len(hammer.ledger.messages)
    assert None not in {conversation_id for _, conversation_id, _ in rows}
    assert absorbed == 0

    threads: dict[int, set[int]] = {}
    owners: dict[int, set[int]] = {}
    for body, conversation_id, to_number in rows:
        person = int(body.split()[0])
        if to_number is not None:
            receiver = _person(to_number)
            # While two were one it went to where they last wrote from, which was one of the two's.
            pair = BORROWED if person % 10 in BORROWED else [person % 10]
            assert receiver in [person // 10 * 10 + each for each in pair], (body, to_number)
            person = receiver
        threads.setdefault(person, set()).add(conversation_id)
        owners.setdefault(conversation_id, set()).add(person)
    whole = {p for p in threads if p in hammer.ledger.attested or p % 10 == LED}
    assert {p: ids for p, ids in threads.items() if p in whole and len(ids) > 1} == {}
    assert {p: ids for p, ids in threads.items() if len(ids) > 2} == {}
    assert {c: people for c, people in owners.items() if len(people) > 1} == {}
    assert violations == []
    assert wrong_questions == []
    _assert_agents_rows(database, hammer, threads)


def _assert_agents_rows(database: str, hammer: Hammer, threads: dict[int, set[int]]) -> None:
    """Notes are with their person, read marks at a message of their thread, nothing is asked."""
    with psycopg.connect(database) as connection:
        notes = agents.list_notes(connection, hammer.business_id)
        assert agents.count_stray_marks(connection, hammer.business_id) == 0
        assert agents.count_answered_questions(connection, hammer.business_id) == 0
    assert notes
    # What is noted while two are merged for a while stays with the one who survived.
    people = [(int(body.split()[0]), found) for body, found in notes]
    assert [
        (person, found)
        for person, found in people
        if person % 10 not in BORROWED and person in threads and found not in threads[person]
    ] == []
