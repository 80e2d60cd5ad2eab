"""Who owns what follows from the evidence and its times, not from the order rows arrived in.

ONETHREAD_IDENTITY_EXAMPLES sets how many histories are tried (60 unless told).
"""

from __future__ import annotations

import os

import hypothesis.strategies as st
import psycopg
import pytest
from hypothesis import HealthCheck, Phase, given, note, settings

from tests.conftest import Connection, add_business
from tests.sql import oracle
from tests.sql.people import (
    Event,
    apply_pending,
    as_sets,
    lives,
    read_messages,
    read_suggestions,
    read_violations,
    soups,
    write,
)

EXAMPLES = int(os.environ.get("ONETHREAD_IDENTITY_EXAMPLES", "60"))

bounded = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize="ONETHREAD_IDENTITY_EXAMPLES" not in os.environ,
    phases=[Phase.explicit, Phase.generate, Phase.shrink],
    # The connection is shared by the examples; each has a business, and is rolled back.
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.mark.slow
@bounded
@given(history=st.one_of(soups(), lives()), data=st.data())
def test_partition_is_the_oracles_when_rows_arrive_in_any_order(
    connection: Connection, history: list[Event], data: st.DataObject
) -> None:
    arrivals = [
        list(enumerate(history)),
        data.draw(st.permutations(list(enumerate(history)))),
        sorted(enumerate(history), key=lambda pair: -pair[1].at),
    ]
    names, expected = _expected(history)
    suggested = oracle.suggestions(
        [each for each in history if isinstance(each, oracle.Message)],
        [each for each in history if isinstance(each, oracle.Evidence)],
    )
    for arrival in arrivals:
        with connection.transaction() as transaction:
            business_id = add_business(connection)
            for number, event in arrival:
                write(connection, business_id, event, str(number))
            apply_pending(connection, business_id)

            found = read_messages(connection, business_id)
            note(f"arrival {[number for number, _ in arrival]}: {found}")
            assert set(found) == set(names)
            assert None not in {found[name].conversation_id for name in names}
            assert as_sets(names, [found[name].conversation_id for name in names]) == expected
            assert read_violations(connection, business_id) == []
            assert read_suggestions(connection, business_id) == suggested
            raise psycopg.Rollback(transaction)


def _expected(history: list[Event]) -> tuple[list[str], set[frozenset[str]]]:
    messages = {str(n): each for n, each in enumerate(history) if isinstance(each, oracle.Message)}
    evidence = [each for each in history if isinstance(each, oracle.Evidence)]
    marks = oracle.partition(list(messages.values()), evidence)
    return list(messages), as_sets(list(messages), marks)
