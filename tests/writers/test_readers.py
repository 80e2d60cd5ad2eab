"""Every table, view and set of rows, read by every kind of program: all of it can be held.

What is read is taken from the catalog, so that nothing new is left out.
"""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import psycopg
import pytest
import sqlalchemy
from pytest_postgresql.executors import NoopExecutor
from sqlalchemy.types import NullType

from onethread.database.version import check_schema
from tests.conftest import Connection, add_business, insert
from tests.server import cloned
from tests.writers.test_writers import node_modules, node_parameters

__all__ = ["node_modules"]

PHONE, LID, GROUP = "+972501234567", "871000000000001@lid", "120363020000000001@g.us"
STRANGE_TIMES = ("0001-01-01", "1969-12-31", "-infinity", "infinity", "55874-01-01", "epoch")

# What to call the functions with, by the name of the parameter.
_ARGUMENTS = {
    "p_business_id": "{business}",
    "p_conversation_id": "{conversation}",
    "p_conversation_ids": "array(select c.id from public.whatsapp_conversation c)",
    "p_message_id": "{message}",
    "p_message_ids": "array(select m.id from public.whatsapp_message m)",
    "p_moved_ids": "'{{}}'::bigint[]",
    "p_message": "(select m from public.whatsapp_message m where m.id = {message})",
    "p_conversation": "(select c from public.whatsapp_conversation c where c.id = {conversation})",
    "p_root_id": "{conversation}",
    "p_merge": "(select g from onethread.whatsapp_conversation_merge g limit 1)",
    "p_state": "onethread.decide_component({business}, array['phone::+972501234567'])",
    "p_plan": "onethread.plan_identities({business}, array['phone::+972501234567'], "
    "onethread.decide_component({business}, array['phone::+972501234567']), null)",
    "p_evidence": "array(select e from public.whatsapp_identity_evidence e "
    "where e.business_id = {business} and e.inert_reason is null)",
    "p_keys": "array['phone::+972501234567']",
    "p_key": "'phone::+972501234567'",
    "p_person": "(onethread.decide_component({business}, array['phone::+972501234567']))"
    ".phone_person[1]",
    "p_address": "'+972501234567'",
    "p_identity": "(select i from public.whatsapp_identity i "
    "where i.business_id = {business} order by i.id limit 1)",
    "p_relation": "'public.whatsapp_message'::regclass",
    "p_provider": "null",
    "p_direction": "null",
    "p_region": "'IL'",
    "p_left": "null",
    "p_kinds": "array['phone', 'lid', 'bsuid']",
    "p_own_number": "null",
    "p_text": "'hello'",
    "p_role": "current_user",
    "p_time_zone": "'Asia/Jerusalem'",
    "p_before": "null",
    "p_filter": "'all'",
    "p_page_size": "50",
    "p_limit": "50",
    "p_rows": "50",
    "p_lease": "interval '1 minute'",
    "p_survivor_id": "null",
    "p_epochs": "null",
    "p_identities": "array(select i from whatsapp_identity i)",
    "p_after_id": "0",
    "p_id": "9223372036854775807",
    "p_sent_at": "'9999-12-31 00:00+00'",
    "p_from": "'2026-01-01 00:00+00'",
    "p_since": "'2009-01-01 00:00+00'",
    "p_until": "'9999-12-31 00:00+00'",
    "p_seen": "'{{}}'::bigint[]",
    "p_in_progress": "'{{}}'::bigint[]",
    "p_next": "0",
}


@dataclass(frozen=True)
class World:
    """A database in which all that is strange has happened, and what reads it."""

    url: str
    queries: dict[str, str]
    """Relation or function -> a query of all its rows."""


@pytest.fixture(scope="module")
def world(postgresql_noproc: NoopExecutor) -> Iterator[World]:
    with (
        cloned(postgresql_noproc) as url,
        psycopg.connect(url, autocommit=True) as connection,
    ):
        _live(connection)
        yield World(url, _find_queries(connection))


def _live(connection: Connection) -> None:
    """Merges by hand and one undone, conflicts, an erasure, groups, times that cannot be, hours
    until midnight, something of everything."""
    business = add_business(connection)
    add_business(connection, "Empty")
    for statement in (
        "insert into onethread.business_hour values (%s, 1, '09:00', '00:00')",
        "insert into onethread.business_member values (%s, current_user)",
        "insert into public.business_number values (%s, 'phone', '+972509999999')",
        "insert into lead (business_id, name, phone) values (%s, 'Dana', '050-123-4567')",
        "insert into onethread.webhook_reject (business_id, provider, payload, reason) "
        "values (%s, 'waha', '{}', 'no message')",
        "insert into onethread.contact_name (business_id, key, source, name) "
        "values (%s, 'phone::+972501234567', 'book', 'Dana')",
        "insert into onethread.adopted_table select 'table ' || %s",
        "insert into onethread.webhook (business_id, provider, instance) values (%s, 'waha', 'x')",
        "insert into public.whatsapp_identity_evidence (business_id, a, b, relation, weight) "
        "values (%s, '+972501234567', '872000000000001@lid', 'same', 'claimed')",
    ):
        connection.execute(statement, [business])
    for number, time in enumerate(STRANGE_TIMES):
        insert(
            connection, business, "inbound", address=PHONE, sent_at=time, created_at=time,
            body=f"hello {number}", provider="baileys", provider_message_id=f"3EB0A{number}",
            media=psycopg.types.json.Jsonb({"url": "x"}), source="gateway", sender_name="Dana",
        )  # fmt: skip
        insert(
            connection, business, "inbound", address=f"+9725011111{number:02}", sent_at=time,
            contact_aliases=[f"87100000000010{number}@lid"],
        )  # fmt: skip
        connection.execute(
            "insert into whatsapp_message_event "
            "(business_id, kind, provider_message_id, address, occurred_at, body) "
            "values (%s, 'reaction', %s, %s, %s, '+')",
            [business, f"3EB0A{number}", PHONE, time],
        )
        connection.execute(
            "insert into whatsapp_identity_evidence (business_id, a, b, relation, observed_at) "
            "values (%s, %s, %s, 'replaced', %s)",
            [business, f"+9725022222{number:02}", f"+9725033333{number:02}", time],
        )
    connection.execute(
        "insert into whatsapp_message_event (business_id, kind, provider_message_id, address) "
        "values (%s, 'revoked', '3EB0F', %s)",
        [business, GROUP],
    )
    insert(connection, business, "inbound", address=GROUP, participant=LID, body="hello all")
    insert(connection, business, "inbound", address="nobody at all")
    insert(connection, business, "outbound", address=PHONE, body="later", status="queued",
           send_after="infinity")  # fmt: skip
    queued = insert(connection, business, "outbound", address=PHONE, body="now", status="queued")
    connection.execute(
        "select onethread.queue_message(%s, %s, 'an answer', p_key => 'once')",
        [business, queued.conversation_id],
    )
    insert(connection, business, "outbound", address=PHONE, body="an answer", source="agent")
    _disagree(connection, business)
    _share_a_phone(connection, business)
    ids = [
        insert(connection, business, "inbound", address=f"+97254000000{n}").conversation_id
        for n in range(4)
    ]
    for survivor, absorbed in (ids[:2], ids[2:]):
        [(merge,)] = connection.execute(
            "select onethread.merge_conversations(%s, %s, %s, 'by hand')",
            [business, survivor, absorbed],
        ).fetchall()
    connection.execute("select onethread.undo_merge(%s, %s)", [business, merge])
    connection.execute(
        "select onethread.mark_read(business_id, conversation_id, id) from whatsapp_message "
        "where conversation_id is not null"
    )
    connection.execute("select onethread.link_unlinked_messages(%s, 100)", [business])
    connection.execute(
        "insert into onethread.whatsapp_backfill_failure (business_id, message_id, error) "
        "select business_id, id, 'failed' from whatsapp_message limit 1"
    )
    insert(connection, business, "inbound", address="+972545555555", body="forget me")
    for address in ("+972545555555", "+972501111100"):
        [(erasure,)] = connection.execute(
            "select onethread.start_erasure(%s, %s)", [business, address]
        ).fetchall()
        step = None
        while address == "+972545555555" and step != "done":
            [(step,)] = connection.execute(
                "select onethread.continue_erasure(%s, %s, 1000)", [business, erasure]
            ).fetchall()


def _disagree(connection: Connection, business: int) -> None:
    """A phone that has a thread is seen with an account, and then with another one."""
    for alias in ("871000000000201@lid", "871000000000202@lid"):
        insert(connection, business, "inbound", address="+972506666666", contact_aliases=[alias])


def _share_a_phone(connection: Connection, business: int) -> None:
    """A shop's phone is seen with more accounts than one person has."""
    [(cap,)] = connection.execute("select onethread.identifier_cap()").fetchall()
    for number in range(cap + 1):
        alias = f"8710000000003{number:02}@lid"
        insert(connection, business, "inbound", address=alias, contact_aliases=["+972507777777"])


def _find_queries(connection: Connection) -> dict[str, str]:
    [(business, conversation, message)] = connection.execute(
        "select business_id, conversation_id, id from whatsapp_message where body = 'hello 0'"
    ).fetchall()
    values = {"business": business, "conversation": conversation, "message": message}
    relations = connection.execute(
        "select n.nspname || '.' || c.relname from pg_class c "
        "inner join pg_namespace n on n.oid = c.relnamespace "
        "where n.nspname in ('public', 'onethread') and c.relkind in ('r', 'v') order by 1"
    ).fetchall()
    queries = {name: f"select * from {name}" for (name,) in relations}
    functions = connection.execute(
        "select p.proname, p.proargnames[:p.pronargs] from pg_proc p "
        "where p.pronamespace = 'onethread'::regnamespace and p.proretset order by 1"
    ).fetchall()
    for name, parameters in functions:
        arguments = ", ".join(_ARGUMENTS[each].format(**values) for each in parameters or ())
        queries[f"onethread.{name}"] = f"select * from onethread.{name}({arguments})"
    return queries


@pytest.fixture(params=["text", "binary"])
def is_binary(request: pytest.FixtureRequest) -> bool:
    return bool(request.param == "binary")


def test_nothing_of_ours_is_empty_when_all_has_happened(world: World) -> None:
    """Or the tests below would read nothing."""
    empty = {
        "public._yoyo_log", "public.yoyo_lock", "public.thread_integrity",
        "onethread.claim_queued_messages", "onethread.claim_answers",
    }  # fmt: skip
    with psycopg.connect(world.url) as connection:
        found = {
            name
            for name, query in world.queries.items()
            if not name.startswith("onethread.list_")
            and connection.execute(f"select count(*) from ({query}) r").fetchone() == (0,)
        }
    assert found <= empty | {
        # About what is not here: two spellings of one phone, a login with businesses, ...
        "onethread.visible_businesses", "onethread.set_evidence_apart", "onethread.named_keys",
        "onethread.find_names",
        "onethread.person_identifiers", "onethread.merge_sides",
        "onethread.absorbed_conversations", "onethread.person_merges",
        "onethread.conversation_merges", "onethread.place_identities",
        "onethread.kept_conversations", "onethread.conversation_references",
        "onethread.former_read_marks", "onethread.joined_read_marks",
        "onethread.moved_conversations", "onethread.search_names", "onethread.search_numbers",
            "onethread.explain_merges", "onethread.first_unread",
        "onethread.erased_times", "onethread.find_question",
    }  # fmt: skip


def test_psycopg_reads_everything(world: World, is_binary: bool) -> None:
    failed = {}
    with psycopg.connect(world.url) as connection:
        for name, query in world.queries.items():
            try:
                with connection.transaction(force_rollback=True):
                    connection.cursor(binary=is_binary).execute(query).fetchall()
            except psycopg.Error as error:
                failed[name] = str(error)
    assert failed == {}


def test_asyncpg_reads_everything(world: World) -> None:
    async def read() -> dict[str, str]:
        failed = {}
        connection = await asyncpg.connect(world.url)
        try:
            for name, query in world.queries.items():
                transaction = connection.transaction()
                await transaction.start()
                try:
                    await connection.fetch(query)
                except Exception as error:
                    failed[name] = repr(error)
                await transaction.rollback()
        finally:
            await connection.close()
        return failed

    assert asyncio.run(read()) == {}


def test_sqlalchemy_knows_every_type_when_it_reflects(world: World) -> None:
    engine = sqlalchemy.create_engine(
        "postgresql+psycopg://", creator=lambda: psycopg.connect(world.url)
    )
    unknown = []
    with warnings.catch_warnings():
        warnings.simplefilter("error", sqlalchemy.exc.SAWarning)
        with engine.connect() as connection:
            for schema in ("public", "onethread"):
                metadata = sqlalchemy.MetaData(schema=schema)
                metadata.reflect(connection, views=True)
                for table in metadata.tables.values():
                    unknown += [
                        str(column) for column in table.columns if isinstance(column.type, NullType)
                    ]
                    connection.execute(sqlalchemy.select(table)).fetchall()
    engine.dispose()
    assert unknown == []


def test_json_has_every_time_as_a_time(world: World) -> None:
    with psycopg.connect(world.url) as connection:
        for name, query in world.queries.items():
            with connection.transaction(force_rollback=True):
                for (text,) in connection.execute(f"select to_jsonb(r)::text from ({query}) r"):
                    assert not re.search(r'"-?infinity"', text), name
                    assert not re.search(r'"\d{5,}-\d\d-\d\dT', text), name


_NODE_PROGRAM = """
const { Client } = require("pg");
const [target, queries] = JSON.parse(require("fs").readFileSync(0, "utf8"));
(async () => {
  const client = new Client(target);
  await client.connect();
  const failed = {};
  for (const [name, query] of Object.entries(queries)) {
    await client.query("begin");
    try {
      const { rows } = await client.query(query);
      for (const row of rows) {
        for (const [column, value] of Object.entries(row)) {
          const isLost = value !== null && JSON.parse(JSON.stringify([value]))[0] === null;
          if (isLost || value === Infinity || value === -Infinity) failed[name] = column;
        }
      }
    } catch (error) { failed[name] = String(error); }
    await client.query("rollback");
  }
  console.log(JSON.stringify(failed));
  await client.end();
})().catch((error) => { console.error(error); process.exit(1); });
"""


def test_node_reads_everything(world: World, node_modules: Path) -> None:
    done = subprocess.run(  # the tests' own command
        ["node", "-e", _NODE_PROGRAM],
        input=json.dumps([node_parameters(world.url), world.queries]),
        cwd=node_modules,
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    assert json.loads(done.stdout) == {}


def test_schema_is_checked_when_all_has_happened(world: World) -> None:
    with psycopg.connect(world.url) as connection:
        check_schema(connection)
        assert connection.execute("select problem, id from thread_integrity").fetchall() == []
