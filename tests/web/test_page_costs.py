"""What a page costs does not grow with the messages, nor with how often it was asked.

Every statement that the pages, the JSON API and the reading commands issue is recorded, and run
again and again on one connection: PostgreSQL plans a prepared statement anew five times, and may
then take one plan for any values, which knows nothing of the page. What a run costs is counted in
blocks of our tables and indexes, what its functions read included.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator, Mapping
from types import ModuleType

import psycopg
import pytest
from pytest_postgresql.executors import NoopExecutor

from onethread.messages import read
from onethread.people import conversations, identity
from onethread.web.inbox import queries, question_queries, report_queries
from tests.catalog import OUR_SCHEMAS
from tests.conftest import Connection, add_business
from tests.server import cloned
from tests.sql.query import scalar
from tests.web.visits import Inbox, Statement, record_all

# With the same values each time plans change at the sixth run for the last time: the plan for any
# values is taken then, or never.
RUNS = 8
PHONE = "0541000001"

# Businesses: people, messages of each, and of one person besides.
FIRST_DAY, SMALL, LARGE = (30, 2, 0), (80, 3, 150), (1500, 8, 3000)

# What is asked about all that a business has: it may grow as it does, and may not get slower.
WHOLE = (
    "from public.crm_daily_activity",
    "onethread.list_response_times",
    "from public.crm_unanswered",
    # At which hours people write.
    "select r.hour, count(*) as received",
    # Who wrote, and what was not delivered.
    "select coalesce(sum(r.messages), 0)::bigint as messages",
    "select count(*) as failed",
    "from onethread.count_inbox",
    "from onethread.list_inbox(%(business)s, %(before)s, %(size)s, %(show)s)",
    # Without the full text index up to 10,000 messages are read.
    "onethread.search_conversations",
    # Of a merge: the messages that it moved, of a preview: those that it would.
    "from onethread.whatsapp_conversation_merge g where g.business_id = %s and g.id = %s",
    "onethread.preview_merge",
    # The view has no page: of a whole thread, which list_thread() reads page by page.
    "from public.whatsapp_thread q where q.business_id = %(business)s and q.conversation_id = "
    "%(conversation)s order by",
    # How many messages a conversation has, which whoever parts an address is told.
    "select count(*) as messages from public.whatsapp_message m",
)


@pytest.fixture(scope="module", params=["fresh", "old"])
def loaded(
    request: pytest.FixtureRequest, postgresql_noproc: NoopExecutor
) -> Iterator[tuple[str, list[Inbox]]]:
    """A database whose statistics are fresh; or as old as the businesses' first day."""
    with cloned(postgresql_noproc) as uri, cloned(postgresql_noproc) as first_uri:
        with (
            psycopg.connect(uri, autocommit=True) as connection,
            psycopg.connect(first_uri, autocommit=True) as first,
        ):
            for each in (connection, first):
                _keep_statistics(each)
            inboxes = [_load(connection, *size) for size in (SMALL, LARGE)]
            if request.param == "fresh":
                connection.execute("analyze")
            else:
                for _ in inboxes:
                    _load(first, *FIRST_DAY)
                _be_of_many_transactions(first)
                first.execute("analyze")
                _copy_businesses(connection, first, [inbox.business_id for inbox in inboxes])
        yield uri if request.param == "fresh" else first_uri, inboxes


def _keep_statistics(connection: Connection) -> None:
    """No autovacuum makes new ones, and with them other plans, in the middle of a test."""
    for (table,) in connection.execute(
        "select oid::regclass::text from pg_class "
        f"where relnamespace in {OUR_SCHEMAS} and relkind = 'r'"
    ).fetchall():
        connection.execute(f"alter table {table} set (autovacuum_enabled = false)")


def _be_of_many_transactions(connection: Connection) -> None:
    """As messages and events come: not all in one."""
    connection.execute("set session_replication_role = replica")
    for table in ("whatsapp_message", "whatsapp_message_event"):
        connection.execute(f"update {table} set changed_in = id")
    connection.execute("reset session_replication_role")


def _copy_businesses(source: Connection, target: Connection, ids: list[int]) -> None:
    """As they are, with no trigger: to link so many messages by old statistics takes minutes."""
    target.execute("set session_replication_role = replica")
    for table, columns, values, condition in source.execute(
        "select c.oid::regclass::text, string_agg(quote_ident(a.attname), ', '), "
        # Transactions of the other database: they are over.
        "string_agg(case a.attname when 'changed_in' then '3' else quote_ident(a.attname) end, "
        "', '), "
        "case when c.oid = 'public.business'::regclass then 'id' else 'business_id' end "
        "from pg_class c inner join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 "
        "and a.attgenerated = '' and not a.attisdropped "
        f"where c.relnamespace in {OUR_SCHEMAS} and c.relkind = 'r' group by c.oid "
        "having bool_or(a.attname = 'business_id') or c.oid = 'public.business'::regclass"
    ).fetchall():
        target.execute(f"delete from {table} where {condition} = any (%s)", [ids])
        query = f"copy (select {values} from {table} where {condition} = any (%s)) to stdout"
        with (
            source.cursor().copy(query, [ids]) as rows,
            target.cursor().copy(f"copy {table} ({columns}) from stdin") as copies,
        ):
            for block in rows:
                copies.write(block)
    for sequence, value in source.execute(
        "select format('%I.%I', schemaname, sequencename), last_value from pg_sequences "
        "where last_value is not null"
    ).fetchall():
        target.execute("select setval(%s, %s)", [sequence, value])
    target.execute("reset session_replication_role")


def _load(connection: Connection, people: int, each: int, more: int) -> Inbox:
    business_id = add_business(connection)
    values = {"b": business_id, "people": people, "count": people * each, "more": more}
    connection.execute(
        """
        insert into whatsapp_message
          (business_id, direction, from_number, to_number, sender_name, body, kind,
            provider_message_id, sent_at)
        select %(b)s, case when i %% 5 = 0 then 'outbound' else 'inbound' end,
          case when i %% 5 <> 0 then p.phone end, case when i %% 5 = 0 then p.phone end,
          'Dana ' || i %% %(people)s, 'message ' || i, 'text', 'A' || i,
          now() - (%(count)s + %(more)s - i) * interval '1 minute'
        from generate_series(1, %(count)s::int + %(more)s::int) as i
        cross join lateral (
          select '+97254' || 1000000 + case when i <= %(more)s then 0 else i %% %(people)s end
        ) as p (phone)
        """,
        values,
    )
    connection.execute(
        """
        insert into whatsapp_message_event (business_id, kind, provider_message_id, occurred_at)
        select m.business_id, happened.kind, m.provider_message_id, m.sent_at
        from whatsapp_message m
        cross join unnest(array['sent', 'delivered', 'read']) as happened (kind)
        where m.business_id = %(b)s and m.direction = 'outbound'
        """,
        values,
    )
    connection.execute(
        "insert into lead (business_id, phone, name) "
        "select %(b)s, '+97254' || 1000000 + i * 3, 'Lead ' || i "
        "from generate_series(1, %(people)s::int / 4) as i",
        values,
    )
    ids = scalar(
        connection,
        "select array_agg(conversation_id order by n desc, conversation_id) from ("
        "select conversation_id, count(*) as n from whatsapp_message "
        "where business_id = %s group by 1) c",
        business_id,
    )
    merge_id = scalar(
        connection,
        "select onethread.merge_conversations(%s, %s, %s, 'test')",
        business_id,
        ids[2],
        ids[3],
    )
    joined_id = scalar(
        connection,
        "select survivor_id from onethread.whatsapp_conversation_merge where id = %s",
        merge_id,
    )
    message_id = scalar(
        connection,
        "select max(id) from whatsapp_message where conversation_id = %s and direction = 'inbound'",
        ids[0],
    )
    lead_id = scalar(connection, "select max(id) from lead where business_id = %s", business_id)
    return Inbox(business_id, ids[0], ids[1], message_id, merge_id, joined_id, lead_id, PHONE)


@pytest.fixture(scope="module")
def issued(loaded: tuple[str, list[Inbox]]) -> list[list[Statement]]:
    """What is asked about each business."""
    return record_all(*loaded)


# What the modules below issue besides, and no page reads.
WRITES = {
    "select onethread.mark_read(%s, %s, %s)",
    "select onethread.mark_unread(%s, %s)",
    "select onethread.queue_message(%s, %s, %s, 'agent', %s, p_template => %s)",
    "select onethread.start_conversation(%s, %s, %s, 'agent', %s, %s) as id",
    "select f.id, onethread.mark_read(%(business)s, f.id, %(message)s) from "
    "onethread.find_conversation_by_id(%(business)s, %(id)s) as f (id) where f.id is not null",
    "select onethread.count_unread(%s, %s, 100) as unread",
    "select onethread.queue_message(%(business)s, %(id)s, %(body)s, %(source)s, %(key)s, "
    "%(after)s) as id",
    "select k.message_id as id, m.body from onethread.answer_key k left join "
    "public.whatsapp_message m on m.business_id = k.business_id and m.id = k.message_id where "
    "k.business_id = %(business)s and k.conversation_id = %(id)s and k.key = %(key)s",
    "select onethread.declare_different(%s, %s, %s, %s)",
    "select onethread.withdraw_different(%s, %s, %s)",
    "select onethread.apply_pending_evidence(%s, %s)",
    "select onethread.merge_conversations(%s, %s, %s, %s) as id",
    "select onethread.undo_merge(%s, %s)",
    "select onethread.merge_conversations( k.business_id, s.ids[1], s.ids[2], format('suggestion "
    "%%s accepted (%%s): %%s', k.id, %(said_by)s::text, e.source)) from "
    "onethread.whatsapp_identity_conflict k inner join public.whatsapp_identity_evidence e on "
    "e.business_id = k.business_id and e.id = k.evidence_id cross join lateral ( select "
    "array_agg(c.id order by c.lead_id is null, c.created_at, c.id) as ids from "
    "public.whatsapp_conversation c where c.business_id = k.business_id and c.id in ( "
    "onethread.find_conversation_by_id(k.business_id, k.first_conversation_id), "
    "onethread.find_conversation_by_id(k.business_id, k.second_conversation_id)) ) as s where "
    "k.business_id = %(business)s and k.id = %(id)s and k.kind = 'suggestion' and k.settled_at is "
    "null",
    "select onethread.split_identifier( %(business)s, w.kind, w.value, %(since)s::timestamptz) "
    "as id from onethread.read_business_address(%(business)s, null, %(address)s) as w "
    "where w.kind is not null",
}


@pytest.mark.parametrize(
    "module",
    [queries, question_queries, report_queries, read, identity, conversations],
    ids=lambda m: m.__name__,
)
def test_every_statement_is_recorded(issued: list[list[Statement]], module: ModuleType) -> None:
    """Whoever adds a query to a page finds out here that it wants a visit above."""
    written = {
        " ".join(node.value.split())
        for node in ast.walk(ast.parse(inspect.getsource(module)))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        if node.value.split()[:1] in (["select"], ["with"], ["insert"], ["update"], ["delete"])
    }
    assert len(written) > 3
    assert written - WRITES - {statement.text for statement in issued[1]} == set()


@pytest.mark.parametrize("role", ["postgres", "onethread_app"])
def test_statement_costs_the_same_again_and_again(
    loaded: tuple[str, list[Inbox]], issued: list[list[Statement]], role: str
) -> None:
    """And in a business of 15,000 messages what it costs in one of 390."""
    uri, inboxes = loaded
    costs: list[Mapping[str, list[int]]] = []
    with psycopg.connect(uri, autocommit=True) as connection:
        for inbox, statements in zip(inboxes, issued, strict=True):
            connection.execute(f"set role {role}")
            connection.execute(f"set onethread.business_id = {inbox.business_id}")
            costs.append(_costs(connection, statements))
            connection.execute("reset role")
    small, large = costs
    slower = {
        text: runs for text, runs in large.items() if max(runs[3:]) > 1.5 * min(runs[:4]) + 30
    }
    assert slower == {}
    grown = {
        text: (max(small[text]), max(runs))
        for text, runs in large.items()
        if max(runs) > 2 * max(small[text]) * _allowed_growth(text) + 60
    }
    assert grown == {}


def test_only_what_failed_is_asked_whether_it_came(
    loaded: tuple[str, list[Inbox]], issued: list[list[Statement]]
) -> None:
    uri, inboxes = loaded
    [statement] = [each for each in issued[1] if each.text.startswith("select count(*) as failed")]
    with psycopg.connect(uri, autocommit=True) as connection:
        connection.execute("set role onethread_app")
        connection.execute(f"set onethread.business_id = {inboxes[1].business_id}")
        sent = scalar(
            connection, "select count(*) from whatsapp_message where direction = 'outbound'"
        )
        assert max(_costs(connection, [statement])[statement.text]) < sent


def _allowed_growth(text: str) -> float:
    """How much larger than a small business the large one is, where all of it is read."""
    messages = [people * each + more for people, each, more in (SMALL, LARGE)]
    return messages[1] / messages[0] if any(part in text for part in WHOLE) else 1


def _costs(connection: Connection, statements: list[Statement]) -> dict[str, list[int]]:
    """Blocks that each run of a statement reads; of the parameters that cost most."""
    found: dict[str, list[int]] = {}
    for statement in statements:
        runs = []
        for _ in range(RUNS):
            with connection.transaction(force_rollback=True):
                before = _blocks(connection)
                connection.execute(statement.query.encode(), statement.parameters, prepare=True)
                runs.append(_blocks(connection) - before)
        if max(runs) > max(found.get(statement.text, [-1])):
            found[statement.text] = runs
    return found


def _blocks(connection: Connection) -> int:
    return int(
        scalar(
            connection,
            "select sum(pg_stat_get_xact_blocks_fetched(oid)) from pg_class "
            f"where relnamespace in {OUR_SCHEMAS} and relkind in ('r', 'i')",
        )
    )
