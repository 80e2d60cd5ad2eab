"""The write path on tables that are not analyzed, or were while they were small: a first import.

Plans are made while the tables are empty or have a page, and kept while the transaction lasts. A
look-up must enter its index by the whole key then, neither read the table nor enter by the business
alone: or what one message costs grows with all that came before it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from pytest_postgresql.executors import NoopExecutor

from tests.catalog import OUR_SCHEMAS
from tests.conftest import Connection, add_business, insert
from tests.server import cloned
from tests.sql.catalog.test_plans import explain, nodes, take_query
from tests.sql.query import add_lead, scalar

Variables = dict[str, tuple[str, Any]]

BUSINESS: Variables = {"p_business_id": ("bigint", 1)}
CONVERSATION = BUSINESS | {"p_conversation_id": ("bigint", 1)}
PAIR = BUSINESS | {"v_least": ("text", "lid::1"), "v_greatest": ("text", "phone::+1")}


def _address(variable: str) -> Variables:
    values = {"kind": "lid", "scope": "", "match_value": "1"}
    return BUSINESS | {f"{variable}.{name}": ("text", value) for name, value in values.items()}


# What is looked up: the function that asks, the beginning and end of the query, its variables, the
# table, and the columns that have to be looked up in an index.
LOOKUPS: dict[str, tuple[str, str, str, Variables, str, set[str]]] = {
    "identity by address": (
        "lock_current_identity",
        "select i.conversation_id\n",
        ";",
        _address("p_address"),
        "whatsapp_identity",
        {"business_id", "kind", "scope", "match_value"},
    ),
    "identity by address, to be locked": (
        "lock_current_identity",
        "from public.whatsapp_identity i\n      where",
        "\n      for",
        _address("p_address"),
        "whatsapp_identity",
        {"business_id", "kind", "scope", "match_value"},
    ),
    "identity of a new address": (
        "link_new_addresses",
        "select i.id, i.conversation_id, i.valid_from",
        ";",
        _address("v_address"),
        "whatsapp_identity",
        {"business_id", "kind", "scope", "match_value"},
    ),
    "identity by conversation": (
        "derive_conversation_key",
        "from public.whatsapp_identity i\n  where",
        "\n  order",
        CONVERSATION,
        "whatsapp_identity",
        {"business_id", "conversation_id"},
    ),
    "lead by phone": (
        "derive_conversation_key",
        "from public.whatsapp_identity i\n      inner",
        "\n        and i.kind",
        CONVERSATION,
        "lead",
        {"business_id", "phone_match_value"},
    ),
    "lead of a person": (
        "person_lead",
        "from public.lead l\n    where",
        "\n    for",
        BUSINESS | {"v_lead_id": ("bigint", 1)},
        "lead",
        {"business_id", "id"},
    ),
    "evidence by a": (
        "has_evidence",
        "from public.whatsapp_identity_evidence e\n    where",
        "\n  ) or",
        BUSINESS | {"p_key": ("text", "lid::1")},
        "whatsapp_identity_evidence",
        {"business_id", "a_key"},
    ),
    "evidence by a, of a component": (
        "identity_component",
        "from public.whatsapp_identity_evidence e\n",
        "\n        union",
        BUSINESS | {"v_key": ("text", "lid::1"), "v_shared": ("text[]", [])},
        "whatsapp_identity_evidence",
        {"business_id", "a_key"},
    ),
    "evidence by b, of a component": (
        "identity_component",
        "select e.a_key",
        ");",
        BUSINESS | {"v_key": ("text", "lid::1"), "v_shared": ("text[]", [])},
        "whatsapp_identity_evidence",
        {"business_id", "b_key"},
    ),
    "evidence by a, to be applied": (
        "load_evidence",
        "from public.whatsapp_identity_evidence e\n",
        "\n        and e.inert",
        BUSINESS | {"v_key": ("text", "lid::1")},
        "whatsapp_identity_evidence",
        {"business_id", "a_key"},
    ),
    # A row or two have one of the keys: either is enough.
    "evidence by pair, that is known": (
        "is_attested",
        "from public.whatsapp_identity_evidence e\n",
        "\n  );",
        PAIR | {"p_at": ("timestamptz", "infinity")},
        "whatsapp_identity_evidence",
        {"business_id", "a_key"},
    ),
    "evidence by pair, to be recorded": (
        "record_evidence",
        "from public.whatsapp_identity_evidence e\n",
        "\n  ) then",
        PAIR | {"p_observed_at": ("timestamptz", "infinity")},
        "whatsapp_identity_evidence",
        {"business_id", "a_key"},
    ),
}


@pytest.mark.parametrize("lookup", LOOKUPS)
def test_index_is_entered_by_the_whole_key_when_tables_are_empty(
    empty: Connection, lookup: str
) -> None:
    function, start, end, variables, table, columns = LOOKUPS[lookup]
    query = take_query(empty, function, start, end)
    if not query.startswith("select"):
        query = f"select {query}"
    plan = explain(empty, "force_generic_plan", query, variables)

    [scan] = [node for node in nodes(plan) if node.get("Relation Name") == table]
    conditions = " ".join(node.get("Index Cond", "") for node in nodes(scan))
    assert {column for column in columns if f"({column} =" in conditions} == columns, conditions


Step = Callable[[Connection, int, int], object]


def _phone(person: int) -> str:
    return f"+97250{person:07d}"


def _lid(person: int) -> str:
    return f"8760{person:010d}@lid"


def _add_evidence(connection: Connection, business_id: int, a: str, relation: str, b: str) -> None:
    connection.execute(
        "insert into whatsapp_identity_evidence (business_id, a, b, relation) "
        "values (%s, %s, %s, %s)",
        [business_id, a, b, relation],
    )


# What writers do about one new person (a number), or about somebody who is known (0).
STEPS: dict[str, Step] = {
    "a known person writes": lambda c, b, _: insert(c, b, "inbound", address=_phone(0)),
    "a known person writes, with an alias": lambda c, b, _: insert(
        c, b, "inbound", address=_phone(0), contact_aliases=[_lid(0)]
    ),
    "first contact": lambda c, b, n: insert(c, b, "inbound", address=_phone(n)),
    "first contact, with an alias": lambda c, b, n: insert(
        c, b, "inbound", address=_phone(n), contact_aliases=[_lid(n)]
    ),
    "a group names somebody": lambda c, b, n: insert(
        c,
        b,
        "inbound",
        address="120363000000000001@g.us",
        participant=_lid(n),
        contact_aliases=[_phone(n)],
    ),
    "a lead has a phone": lambda c, b, n: add_lead(c, b, _phone(n)),
    "a message names a lead": lambda c, b, n: insert(
        c, b, "inbound", address=_phone(n), lead_id=add_lead(c, b)
    ),
    "evidence of one person": lambda c, b, n: _add_evidence(c, b, _phone(n), "same", _lid(n)),
    "evidence of a change": lambda c, b, n: _add_evidence(
        c, b, _phone(n), "replaced", _phone(n + 500_000)
    ),
    "an address is looked up": lambda c, b, _: scalar(
        c, "select onethread.find_conversation(%s, %s)", b, _phone(0)
    ),
}


@pytest.fixture(scope="module")
def empty(postgresql_noproc: NoopExecutor) -> Iterator[Connection]:
    """A transaction whose plans are made once, on empty tables that were never analyzed."""
    with cloned(postgresql_noproc) as uri, psycopg.connect(uri) as connection:
        connection.execute("set local plan_cache_mode = force_generic_plan")
        yield connection
        connection.rollback()


@pytest.fixture(scope="module")
def small(postgresql_noproc: NoopExecutor) -> Iterator[Connection]:
    """A transaction in tables that were analyzed when they had a page each."""
    with cloned(postgresql_noproc) as uri, psycopg.connect(uri) as connection:
        _import(connection, add_business(connection), range(50))
        connection.execute("analyze")
        connection.commit()
        yield connection
        connection.rollback()


@pytest.fixture(scope="module", params=["empty", "small"])
def costs(
    request: pytest.FixtureRequest,
) -> tuple[dict[str, Counter[str]], dict[str, Counter[str]]]:
    """The cost of each step among fifty people, and among three hundred more."""
    connection: Connection = request.getfixturevalue(request.param)
    business_id = add_business(connection)
    for turn in range(7):  # a session plans a query five times before it keeps a plan
        _measure(connection, business_id, 5_000 + 100 * turn)
    _import(connection, business_id, range(50))
    few = _measure(connection, business_id, 10_000)
    _import(connection, business_id, range(50, 350))
    return few, _measure(connection, business_id, 20_000)


@pytest.mark.parametrize("step", STEPS)
def test_cost_stays_when_hundreds_of_people_have_come(
    costs: tuple[dict[str, Counter[str]], dict[str, Counter[str]]], step: str
) -> None:
    few, many = (cost[step] for cost in costs)
    assert many.total() < 1.5 * few.total() + 5, many - few


def test_new_phones_cost_the_same_after_hundreds_when_tables_were_analyzed_empty(
    postgresql_noproc: NoopExecutor,
) -> None:
    with cloned(postgresql_noproc) as uri, psycopg.connect(uri) as connection:
        connection.execute("analyze")
        connection.commit()
        business_id = add_business(connection)
        few, _, many = (
            _cost_of_phones(connection, business_id, people)
            for people in (range(20), range(20, 320), range(320, 340))
        )
        connection.rollback()
    assert many.total() < 1.5 * few.total(), many - few


def _cost_of_phones(connection: Connection, business_id: int, people: range) -> Counter[str]:
    before = _blocks(connection)
    for person in people:
        insert(connection, business_id, "inbound", address=_phone(person))
    return _blocks(connection) - before


def _import(connection: Connection, business_id: int, people: range) -> None:
    for person in people:
        insert(
            connection,
            business_id,
            "inbound",
            address=_phone(person),
            contact_aliases=[_lid(person)],
        )
        add_lead(connection, business_id, _phone(person))


def _measure(connection: Connection, business_id: int, first: int) -> dict[str, Counter[str]]:
    """Blocks that each step has read, of each table and index."""
    found = {}
    for number, (name, step) in enumerate(STEPS.items()):
        before = _blocks(connection)
        step(connection, business_id, first + number)
        found[name] = _blocks(connection) - before
    return found


def _blocks(connection: Connection) -> Counter[str]:
    return Counter(
        dict(
            connection.execute(
                "select relname, pg_stat_get_xact_blocks_fetched(oid) from pg_class "
                f"where relnamespace in {OUR_SCHEMAS} and relkind in ('r', 'i')"
            ).fetchall()
        )
    )
