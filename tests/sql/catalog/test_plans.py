"""The hot queries enter the index that was made for them.

The text of each query is taken from the function that runs it, with its variables as parameters,
and planned as PL/pgSQL does: for the values given, and for any values.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from pytest_postgresql.executors import NoopExecutor

from onethread.schema.text_index import index_statement
from tests.conftest import Connection, add_business, insert
from tests.server import cloned
from tests.sql.query import rows, scalar

PEOPLE = 1500
MESSAGES = 12_000

THREAD_INDEX = "whatsapp_message_thread_idx"
INBOX_INDEX = "whatsapp_message_inbox_idx"
HOUR_INDEX = "whatsapp_message_hour_idx"
DELIVERY_INDEX = "whatsapp_message_provider_delivery_idx"
EVENT_INDEX = "whatsapp_message_event_act_idx"
INBOUND_INDEX = "whatsapp_message_inbound_idx"
PERSON_INDEX = "whatsapp_identity_person_idx"
ADDRESS_INDEX = "whatsapp_identity_address_idx"

Plan = dict[str, Any]


@pytest.fixture(scope="module")
def loaded(postgresql_noproc: NoopExecutor) -> Iterator[Connection]:
    """Three businesses with many people and messages, analyzed.

    In a database of its own: what other tests rolled back makes tables larger than their rows.
    """
    with cloned(postgresql_noproc) as database, psycopg.connect(database) as connection:
        for number in range(3):
            business_id = add_business(connection, f"Business {number}")
            connection.execute(
                "insert into whatsapp_message "
                "(business_id, direction, from_number, provider_message_id, sent_at) "
                "select %s, 'inbound', 100000000000000 + mod(i * i, %s) || '@lid', 'A' || i, "
                "'2026-01-01'::timestamptz + i * '1 min'::interval "
                "from generate_series(1, %s) i",
                [business_id, PEOPLE, MESSAGES],
            )
            connection.execute(
                "insert into whatsapp_message_event "
                "(business_id, kind, provider_message_id, occurred_at) "
                "select %s, kind, 'A' || i, '2026-01-01'::timestamptz + i * '1 min'::interval "
                "from generate_series(1, %s) i "
                "cross join unnest(array['sent', 'delivered', 'read']) kind",
                [business_id, MESSAGES],
            )
            connection.execute(
                "insert into whatsapp_identity_evidence "
                "(business_id, a, b, relation, a_key, b_key, applied_at) "
                "select %s, i || '@lid', '+' || i, 'same', 'lid::' || i, 'phone::+' || i, now() "
                "from generate_series(1, %s) i",
                [business_id, PEOPLE],
            )
        connection.execute("analyze whatsapp_message_event")
        connection.execute(
            "analyze whatsapp_message, whatsapp_identity, whatsapp_conversation, "
            "whatsapp_identity_evidence"
        )
        yield connection


@pytest.fixture
def someone(loaded: Connection) -> Any:
    """A message of a person with an ordinary number of messages."""
    query = "select * from whatsapp_message where right(from_number, 5) = '4@lid' limit 1"
    return rows(loaded, query)[0]


GENERIC = pytest.mark.parametrize("mode", ["force_custom_plan", "force_generic_plan"])


@GENERIC
def test_probe_uses_person_index_when_message_is_inserted(
    loaded: Connection, someone: Any, mode: str
) -> None:
    into = "into v_identity\n"
    query = take_query(
        loaded, "link_message_trigger", f"select i.id, i.conversation_id\n    {into}", "for share"
    )
    plan = explain(
        loaded,
        mode,
        query.replace(into, ""),
        {
            "new.business_id": ("bigint", someone.business_id),
            "v_address.kind": ("text", "lid"),
            "v_address.scope": ("text", ""),
            "v_address.match_value": ("text", someone.from_number.removesuffix("@lid")),
            "new.sent_at": ("timestamptz", "infinity"),
        },
    )
    assert_one_probe_of_the_whole_address(plan)


@GENERIC
def test_probe_uses_person_index_when_message_names_a_plain_phone(
    loaded: Connection, someone: Any, mode: str
) -> None:
    into = "into new.identity_id, new.conversation_id\n"
    query = take_query(
        loaded, "link_message_trigger", f"select i.id, i.conversation_id\n    {into}", "for share"
    )
    plan = explain(
        loaded,
        mode,
        query.replace(into, ""),
        {
            "new.business_id": ("bigint", someone.business_id),
            "v_phone": ("text", "+972501234567"),
            "new.sent_at": ("timestamptz", "infinity"),
        },
    )
    assert_one_probe_of_the_whole_address(plan)


@GENERIC
def test_first_contact_asks_by_index_whether_anything_is_known(
    loaded: Connection, someone: Any, mode: str
) -> None:
    query = take_query(loaded, "welcome_person", "with identity", "\n  into welcome_person")
    plan = explain(
        loaded,
        mode,
        f"{query} from identity i left join unnamed u on true",
        {
            "p_business_id": ("bigint", someone.business_id),
            "p_phone": ("text", "+972501234567"),
            "v_digits": ("text", "972501234567"),
            "v_key": ("text", "phone::+972501234567"),
            "v_name": ("text", f"phone:{someone.business_id}:+972501234567"),
            "v_address": ("onethread.whatsapp_address", '(phone,"",+972501234567,+972501234567)'),
        },
    )

    [index] = scans(plan, "whatsapp_identity") - {"ModifyTable"}
    assert index in {PERSON_INDEX, ADDRESS_INDEX}
    assert "match_value = " in index_conditions(plan, index)


def assert_one_probe_of_the_whole_address(plan: Any) -> None:
    [index] = scans(plan, "whatsapp_identity")
    assert index in {PERSON_INDEX, ADDRESS_INDEX}
    assert "match_value = " in index_conditions(plan, index)


def test_inbox_reads_only_the_conversations_of_its_page(loaded: Connection, someone: Any) -> None:
    plan = explain(
        loaded,
        "force_generic_plan",
        take_query(loaded, "list_inbox", "select\n    (l.c).id", ";"),
        {
            "p_business_id": ("bigint", someone.business_id),
            "p_before": ("text", None),
            "p_page_size": ("int", 50),
            "p_filter": ("text", None),
        },
    )
    assert scans(plan, "whatsapp_conversation") == {"whatsapp_conversation_pkey"}


@GENERIC
def test_thread_uses_thread_index_when_listed(loaded: Connection, someone: Any, mode: str) -> None:
    query = take_query(loaded, "list_thread", "select\n    m.id", ";")
    plan = explain(
        loaded,
        mode,
        query,
        {
            "p_business_id": ("bigint", someone.business_id),
            "p_conversation_id": ("bigint", someone.conversation_id),
            "v_sent_at": ("timestamptz", "infinity"),
            "v_id": ("bigint", 2**63 - 1),
            "p_page_size": ("int", 50),
        },
    )

    assert_page_is_walked(plan, THREAD_INDEX)
    # What became of each message.
    assert scans(plan, "whatsapp_message") == {THREAD_INDEX, DELIVERY_INDEX}
    assert scans(plan, "whatsapp_message_event") == {EVENT_INDEX}


@GENERIC
def test_inbox_walks_inbox_index_when_page_is_full(
    loaded: Connection, someone: Any, mode: str
) -> None:
    parameters = {
        "p_business_id": ("bigint", someone.business_id),
        "p_sent_at": ("timestamptz", "infinity"),
        "p_id": ("bigint", 2**63 - 1),
        "p_rows": ("bigint", 1000),
        "p_seen": ("bigint[]", [someone.conversation_id]),
    }
    plan = explain(loaded, mode, take_query(loaded, "walk_messages", "select", None), parameters)

    assert scans(plan, "whatsapp_message") == {INBOX_INDEX}
    assert "Sort" not in node_types(plan)


@GENERIC
def test_inbox_steps_over_a_flood_when_a_chat_holds_the_newest_messages(
    loaded: Connection, someone: Any, mode: str
) -> None:
    parameters = {
        "p_business_id": ("bigint", someone.business_id),
        "p_until": ("timestamptz", "infinity"),
    }
    query = take_query(loaded, "walk_hours", "with recursive", None)
    plan = explain(loaded, mode, query, parameters)

    assert scans(plan, "whatsapp_message") == {HOUR_INDEX}
    assert "ROW(date_bin" in index_conditions(plan, HOUR_INDEX)
    assert "Sort" not in node_types(plan)


@GENERIC
def test_inbox_asks_thread_index_when_conversations_are_asked(
    loaded: Connection, someone: Any, mode: str
) -> None:
    parameters = {
        "p_business_id": ("bigint", someone.business_id),
        "p_conversation_ids": ("bigint[]", [someone.conversation_id]),
    }
    query = take_query(loaded, "list_last_messages", "select", None)
    plan = explain(loaded, mode, query, parameters)

    assert scans(plan, "whatsapp_message") == {THREAD_INDEX}
    assert "Sort" not in node_types(plan)


@GENERIC
def test_alias_uses_an_index_when_checked(loaded: Connection, someone: Any, mode: str) -> None:
    query = take_query(loaded, "is_attested", "select\n    from", "\n  );")
    plan = explain(
        loaded,
        mode,
        query,
        {
            "p_business_id": ("bigint", someone.business_id),
            "v_greatest": ("text", "phone::+972501234567"),
            "v_least": ("text", "lid::" + someone.from_number.removesuffix("@lid")),
            "p_at": ("timestamptz", "infinity"),
        },
    )

    # One probe, by the pair or by one of its keys.
    [index] = scans(plan, "whatsapp_identity_evidence")
    assert "_key =" in index_conditions(plan, index)


@GENERIC
def test_address_uses_person_index_when_found(loaded: Connection, someone: Any, mode: str) -> None:
    plan = explain(
        loaded,
        mode,
        take_query(loaded, "find_conversation", "select", None),
        {
            "p_business_id": ("bigint", someone.business_id),
            "p_raw": ("text", someone.from_number),
            "p_provider": ("text", None),
        },
    )

    # Either is one probe of the whole address.
    [index] = scans(plan, "whatsapp_identity")
    assert index in {PERSON_INDEX, ADDRESS_INDEX}
    assert "match_value = " in index_conditions(plan, index)


@GENERIC
def test_copy_is_found_by_index_when_message_is_relinked(
    loaded: Connection, someone: Any, mode: str
) -> None:
    plan = explain(
        loaded,
        mode,
        take_query(loaded, "find_delivery", "select", "  );"),
        {
            "p_message.business_id": ("bigint", someone.business_id),
            "p_message.provider_message_id": ("text", someone.provider_message_id),
            "p_message.direction": ("text", someone.direction),
            "p_message.participant": ("text", None),
            "p_message.id": ("bigint", someone.id),
            "p_conversation_id": ("bigint", someone.conversation_id),
        },
    )

    assert scans(plan, "whatsapp_message") == {DELIVERY_INDEX}
    assert "conversation_id = " in index_conditions(plan, DELIVERY_INDEX)


@GENERIC
def test_events_use_their_index_when_a_message_is_read(
    loaded: Connection, someone: Any, mode: str
) -> None:
    query = take_query(loaded, "list_message_events", "select e.*", "\n  and (\n    not exists")
    plan = explain(
        loaded,
        mode,
        query,
        {
            "p_message.business_id": ("bigint", someone.business_id),
            "p_message.provider_message_id": ("text", someone.provider_message_id),
            "p_message.direction": ("text", someone.direction),
        },
    )

    assert scans(plan, "whatsapp_message_event") == {EVENT_INDEX}


@GENERIC
def test_events_of_an_author_are_found_by_index_when_they_are_stamped(
    loaded: Connection, someone: Any, mode: str
) -> None:
    plan = explain(
        loaded,
        mode,
        take_query(loaded, "stamp_author_events", "select min(o.id)", "\n      )"),
        {"p_business_id": ("bigint", someone.business_id), "v_key": ("text", "lid::1")},
    )

    assert scans(plan, "whatsapp_message_event") == {"whatsapp_message_event_author_idx"}


@GENERIC
def test_namesakes_are_found_by_index_when_an_event_is_matched(
    loaded: Connection, someone: Any, mode: str
) -> None:
    query = take_query(loaded, "list_namesakes", "select o.id", "\n  and o.duplicate")
    plan = explain(
        loaded,
        mode,
        query,
        {
            "p_message.business_id": ("bigint", someone.business_id),
            "p_message.provider_message_id": ("text", someone.provider_message_id),
        },
    )

    assert scans(plan, "whatsapp_message") == {DELIVERY_INDEX}


@pytest.mark.parametrize("call", [
    "select s.* from whatsapp_message m cross join lateral onethread.message_state(m) s",
    "select t.* from whatsapp_thread t where business_id = 1 and conversation_id = 1",
])  # fmt: skip
def test_no_query_is_begun_for_each_message_of_a_page(loaded: Connection, call: str) -> None:
    """To begin one takes longer than what it reads: what a message has become is a part of the
    page's query."""
    plan = json.dumps(rows(loaded, f"explain (verbose, format json) {call}"))

    assert EVENT_INDEX in plan
    for function in (
        "message_state",
        "list_message_events",
        "list_heard_events",
        "message_sent_at",
    ):
        assert f"onethread.{function}(" not in plan


@GENERIC
def test_old_messages_use_their_index_when_a_conversation_is_listed(
    loaded: Connection, someone: Any, mode: str
) -> None:
    plan = explain(
        loaded,
        mode,
        take_query(loaded, "list_unlinked_messages", "with known", "\n  where exists"),
        {
            "p_business_id": ("bigint", someone.business_id),
            "p_conversation_id": ("bigint", someone.conversation_id),
            "p_address": ("text", someone.from_number),
        },
    )

    assert scans(plan, "whatsapp_message") == {"whatsapp_message_unlinked_address_idx"}


def test_unlinked_messages_use_their_index_when_viewed(loaded: Connection, someone: Any) -> None:
    insert(loaded, someone.business_id, "inbound", address="Unknown")
    query = "select id from unlinked_message where business_id = $1"
    plan = explain(loaded, "force_custom_plan", query, {"$1": ("bigint", someone.business_id)})

    # Both hold the unlinked messages and nothing else.
    assert scans(plan, "whatsapp_message") < {
        "whatsapp_message_unlinked_idx",
        "whatsapp_message_unlinked_address_idx",
    }


@pytest.mark.parametrize(
    "query",
    [
        "select unanswered from crm_conversation where business_id = %s and conversation_id = %s",
        "select * from crm_unanswered where business_id = %s and conversation_id = %s",
        "select * from crm_response_time where business_id = %s and conversation_id = %s "
        "and answered_at > '2026-06-03'",
    ],
)
def test_long_thread_is_not_read_through_when_policies_apply(
    loaded: Connection, someone: Any, query: str
) -> None:
    """What follows the last answer is found in the index by a tenant as by the owner."""
    with loaded.transaction(force_rollback=True):
        loaded.execute(
            "insert into whatsapp_message "
            "(business_id, direction, from_number, to_number, sent_at) "
            "select %s, side, %s, %s, '2026-06-01'::timestamptz + i * interval '2 minutes' + more "
            "from generate_series(1, 1500) i cross join (values ('inbound', interval '0'), "
            "('outbound', interval '1 minute')) as v (side, more)",
            [someone.business_id, someone.from_number, someone.from_number],
        )
        insert(loaded, someone.business_id, "inbound", address=someone.from_number,
               sent_at="2026-06-10")  # fmt: skip
        loaded.execute(
            "select set_config('onethread.business_id', %s, true)", [str(someone.business_id)]
        )
        blocks = []
        for role in ("postgres", "onethread_app"):
            loaded.execute(f"set local role {role}")
            before = blocks_read(loaded)
            assert rows(loaded, query, someone.business_id, someone.conversation_id)
            blocks.append(blocks_read(loaded) - before)
            loaded.execute("reset role")
    assert blocks[1] <= 1.3 * blocks[0] + 20, blocks


def blocks_read(connection: Connection) -> int:
    """Blocks of messages and their indexes that this transaction has read."""
    query = (
        "select sum(pg_stat_get_xact_blocks_fetched(oid)) from pg_class "
        "where starts_with(relname, 'whatsapp_message')"
    )
    return int(scalar(connection, query))


@GENERIC
@pytest.mark.parametrize("role", ["onethread_app", "onethread_reader"])
def test_pages_walk_their_index_when_policies_apply(
    loaded: Connection, someone: Any, mode: str, role: str
) -> None:
    """The policy is one more condition, not another way to the rows."""
    with loaded.transaction(force_rollback=True):
        loaded.execute(
            "select set_config('onethread.business_id', %s, true)", [str(someone.business_id)]
        )
        loaded.execute(
            "insert into onethread.business_member values (%s, 'onethread_reader')",
            [someone.business_id],
        )
        inbox_plan = explain(
            loaded,
            mode,
            take_query(loaded, "walk_messages", "select", None),
            {
                "p_business_id": ("bigint", someone.business_id),
                "p_sent_at": ("timestamptz", "infinity"),
                "p_id": ("bigint", 2**63 - 1),
                "p_rows": ("bigint", 1000),
                "p_seen": ("bigint[]", [someone.conversation_id]),
            },
            role,
        )
        thread_plan = explain(
            loaded,
            mode,
            take_query(loaded, "list_thread", "select\n    m.id", ";"),
            {
                "p_business_id": ("bigint", someone.business_id),
                "p_conversation_id": ("bigint", someone.conversation_id),
                "v_sent_at": ("timestamptz", "infinity"),
                "v_id": ("bigint", 2**63 - 1),
                "p_page_size": ("int", 50),
            },
            role,
        )

    assert_page_is_walked(inbox_plan, INBOX_INDEX)
    assert_page_is_walked(thread_plan, THREAD_INDEX)
    assert scans(thread_plan, "whatsapp_message_event") == {EVENT_INDEX}


def assert_page_is_walked(plan: Plan, index: str) -> None:
    """From where it begins, in the order of the index."""
    page = without_subplans(plan)
    assert scans(page, "whatsapp_message") == {index}
    assert "Sort" not in node_types(page)
    assert "(sent_at, id)" in index_conditions(page, index).replace("m.", "").replace("ROW", "")


@GENERIC
def test_unread_are_counted_by_index(loaded: Connection, someone: Any, mode: str) -> None:
    query = take_query(loaded, "count_unread", "select\n      from", "\n    ) unread")
    plan = explain(
        loaded,
        mode,
        query,
        {
            "p_business_id": ("bigint", someone.business_id),
            "p_conversation_id": ("bigint", someone.conversation_id),
            "v_read.sent_at": ("timestamptz", someone.sent_at),
            "v_read.message_id": ("bigint", someone.id),
            "p_limit": ("int", 100),
        },
    )

    assert scans(plan, "whatsapp_message") == {INBOUND_INDEX}
    assert "(sent_at, id)" in index_conditions(plan, INBOUND_INDEX).replace("ROW", "")


@GENERIC
def test_last_inbound_message_is_found_by_index(
    loaded: Connection, someone: Any, mode: str
) -> None:
    query = take_query(loaded, "last_inbound_message", "select m.*", ";")
    plan = explain(
        loaded,
        mode,
        query.replace(" into v_message", ""),
        {
            "p_business_id": ("bigint", someone.business_id),
            "p_conversation_id": ("bigint", someone.conversation_id),
        },
    )

    assert scans(plan, "whatsapp_message") == {INBOUND_INDEX}
    assert "Sort" not in node_types(plan)


def test_changes_are_found_by_index_when_few(loaded: Connection, someone: Any) -> None:
    latest = int(scalar(loaded, "select pg_current_xact_id()::text"))
    plan = explain(
        loaded,
        "force_custom_plan",
        take_query(loaded, "list_changed_rows", "select m.conversation_id", ";"),
        {
            "p_business_id": ("bigint", someone.business_id),
            "p_in_progress": ("bigint[]", [latest + 1]),
            "p_next": ("bigint", latest + 2),
        },
    )

    assert scans(plan, "whatsapp_message_event") == {"whatsapp_message_event_change_idx"}
    # The name of the table begins that of its events' index.
    assert scans(plan, "whatsapp_message") - {"whatsapp_message_event_change_idx"} == {
        "whatsapp_message_change_idx",
        DELIVERY_INDEX,
    }
    assert "changed_in >= " in index_conditions(plan, "whatsapp_message_change_idx")


@GENERIC
def test_misdated_messages_are_found_by_index_when_there_are_hardly_any(
    loaded: Connection, someone: Any, mode: str
) -> None:
    query = take_query(loaded, "list_misdated_messages", "select m.id", ";")
    plan = explain(loaded, mode, query, {"p_business_id": ("bigint", someone.business_id)})

    # Those of the future by their time itself, where the planner reads is_plausible_time().
    assert scans(plan, "whatsapp_message") <= {HOUR_INDEX, INBOX_INDEX}
    assert "Seq Scan" not in node_types(plan)
    assert "date_bin" in index_conditions(plan, HOUR_INDEX)


@GENERIC
def test_queue_is_found_by_index_when_there_are_many_messages(
    loaded: Connection, someone: Any, mode: str
) -> None:
    query = take_query(loaded, "claim_answers", "select q.id", "\n  loop")
    plan = explain(
        loaded,
        mode,
        query,
        {
            "p_business_id": ("bigint", someone.business_id),
            "p_provider": ("text", "meta_cloud"),
            "v_own": ("onethread.whatsapp_address", None),
        },
    )

    assert scans(plan, "whatsapp_message") == {"whatsapp_message_queue_idx"}


def test_words_are_found_by_index_when_there_is_one(loaded: Connection, someone: Any) -> None:
    with loaded.transaction(force_rollback=True):
        loaded.execute(index_statement().replace("concurrently ", ""))
        source = take_query(loaded, "search_messages", "return array", None)
        plan = explain(
            loaded,
            "force_custom_plan",
            source[source.index("select max(m.id)") : source.index("\n  );")],
            {
                "p_business_id": ("bigint", someone.business_id),
                "v_query": ("tsquery", f"'business {someone.business_id}' & 'rare':*"),
            },
        )

    assert scans(plan, "whatsapp_message") == {"whatsapp_message_text_idx"}


@GENERIC
def test_newest_messages_are_read_by_index_when_no_other_finds_words(
    loaded: Connection, someone: Any, mode: str
) -> None:
    plan = explain(
        loaded,
        mode,
        take_query(loaded, "search_messages", "select max(m.id)", "\n    );"),
        {
            "p_business_id": ("bigint", someone.business_id),
            "v_walk": ("int", 500),
            "v_letters": ("text[]", ["rare"]),
            "v_query": ("tsquery", "'rare':*"),
        },
    )

    assert scans(plan, "whatsapp_message") == {INBOX_INDEX}


@GENERIC
@pytest.mark.parametrize(
    ("view", "condition", "indexes"),
    [
        ("crm_conversation", "", {THREAD_INDEX, INBOUND_INDEX}),
        ("crm_conversation", "and conversation_id = ", {THREAD_INDEX, INBOUND_INDEX}),
        ("crm_unanswered", "", {THREAD_INDEX, INBOUND_INDEX}),
        (
            "crm_response_time",
            "and answered_at >= '2026-01-08'",
            {INBOX_INDEX, THREAD_INDEX, INBOUND_INDEX},
        ),
        ("crm_response_time", "and conversation_id = ", {THREAD_INDEX, INBOUND_INDEX}),
        (
            "onethread.list_response_times(:business, '2026-01-08', 'infinity')",
            "",
            {INBOX_INDEX, THREAD_INDEX, INBOUND_INDEX},
        ),
        (
            "crm_daily_activity",
            "and day >= '2026-01-08'",
            {INBOX_INDEX, "whatsapp_message_pkey"},
        ),
    ],
)
def test_view_uses_indexes_when_the_business_is_given(
    loaded: Connection, someone: Any, mode: str, view: str, condition: str, indexes: set[str]
) -> None:
    variables: dict[str, tuple[str, Any]] = {":business": ("bigint", someone.business_id)}
    query = f"select * from {view} where business_id = :business {condition}"
    if condition.endswith("= "):
        query += ":conversation"
        variables[":conversation"] = ("bigint", someone.conversation_id)
    plan = explain(loaded, mode, query, variables)

    assert scans(plan, "whatsapp_message") == indexes


@GENERIC
def test_timeline_uses_indexes_when_the_lead_is_given(
    loaded: Connection, someone: Any, mode: str
) -> None:
    plan = explain(
        loaded,
        mode,
        "select * from crm_lead_timeline where business_id = :business and lead_id = :lead",
        {":business": ("bigint", someone.business_id), ":lead": ("bigint", 1)},
    )

    lead_index = "whatsapp_message_lead_idx"
    assert scans(without_subplans(plan), "whatsapp_message") == {THREAD_INDEX, lead_index}
    assert scans(plan, "whatsapp_message") == {THREAD_INDEX, lead_index, DELIVERY_INDEX}
    assert "Seq Scan" not in scans(plan, "whatsapp_identity")


def take_query(connection: Connection, function: str, start: str, end: str | None) -> str:
    """The query in the source of a function, from its first words up to `end`."""
    source = scalar(connection, "select prosrc from pg_proc where proname = %s", function)
    source = re.sub(r"\s*--.*", "", source)
    assert start in source, "the function was rewritten: give the test its query's first words"
    query = source[source.index(start) :]
    if end is None:
        return query
    query = query[: query.index(end)]
    return query + end if end == "for share" else query


def explain(
    connection: Connection,
    mode: str,
    query: str,
    variables: dict[str, tuple[str, Any]],
    role: str = "none",
) -> Plan:
    """Plan of a query in which some words are variables: (type, value) of each."""
    for number, variable in enumerate(variables, 1):
        assert variable in query
        query = query.replace(variable, f"${number}")
    types = ", ".join(type_ for type_, _ in variables.values())
    with connection.transaction(force_rollback=True):
        connection.execute(f"set local plan_cache_mode = {mode}")
        connection.execute(f"set local role {role}")
        # Without parameters of the driver: $1 is the server's own.
        connection.execute(f"prepare planned ({types}) as {query}")
        values = ", ".join(
            psycopg.sql.Literal(value).as_string(connection) for _, value in variables.values()
        )
        plan = scalar(connection, f"explain (format json) execute planned({values})")
        connection.execute("deallocate planned")
    plans = json.loads(plan) if isinstance(plan, str) else plan
    result: Plan = plans[0]["Plan"]
    return result


def nodes(plan: Plan) -> Iterator[Plan]:
    """All nodes of a plan."""
    yield plan
    for child in plan.get("Plans", []):
        yield from nodes(child)


def without_subplans(plan: Plan) -> Plan:
    """The plan without what is asked for each of its rows."""
    children = [
        without_subplans(child)
        for child in plan.get("Plans", [])
        if child["Parent Relationship"] not in ("SubPlan", "InitPlan")
    ]
    return {**plan, "Plans": children}


def node_types(plan: Plan) -> set[str]:
    """What kinds of nodes a plan has."""
    return {node["Node Type"] for node in nodes(plan)}


def scans(plan: Plan, table: str) -> set[str]:
    """How a plan reads a table: the index's name, or the kind of the scan without one."""
    found = set()
    for node in nodes(plan):
        kind, index = node["Node Type"], node.get("Index Name")
        is_bitmap = kind == "Bitmap Index Scan" and node["Index Name"].startswith(table)
        if is_bitmap or (node.get("Relation Name") == table and kind != "Bitmap Heap Scan"):
            found.add(index or kind)
    return found


def index_conditions(plan: Plan, index: str) -> str:
    """What is looked up in an index, as one text."""
    return " ".join(
        node.get("Index Cond", "") for node in nodes(plan) if node.get("Index Name") == index
    )
