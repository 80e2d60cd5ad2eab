"""Two businesses on one database: the victim's full of bait, the attacker's with logins of its own.

The attacker runs any SQL, as real logins whose businesses are written in business_member. Whatever
comes back (rows, errors, notices) is searched for the bait, and after each attack every row of the
victim must be the row it was: also its lock, so that not even a `for share` goes unnoticed.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg import sql

from tests.catalog import OUR_SCHEMAS
from tests.conftest import Connection, add_business, add_login

BAIT = "s3cret"
"""In every text of the victim; nothing of the attacker's has it."""

GROUPS = ("onethread_reader", "onethread_writer", "onethread_admin")

# What the attacker has got hold of, or guesses: the victim's true keys, and others that do not
# exist. Whatever it does with the ones must look like what it does with the others.
TRUE_PHONE, VOID_PHONE = "+972541111112", "+972541111113"
TRUE_LID, VOID_LID = "99000000001@lid", "99000000002@lid"
TRUE_PROVIDER_ID, VOID_PROVIDER_ID = "WAMID-TRUE", "WAMID-VOID"
VOID_ERASED = f"6{VOID_LID}"

# An attack on what is not there by that name proves nothing.
MISNAMED = ("3F000", "42883", "42P01", "42704")

Knowledge = Mapping[str, Any]


@dataclass(frozen=True)
class Outcome:
    """All that an attacker gets to see."""

    rows: list[tuple[Any, ...]] | None
    rowcount: int
    error: str
    notices: list[str]

    def text(self) -> str:
        """Everything as one text, to search in."""
        return json.dumps([self.rows, self.error, self.notices], default=str)


@dataclass
class Arena:
    """The database, both parties, and what each knows."""

    uri: str
    owner: Connection
    victim_id: int
    attacker_id: int
    true: Knowledge
    void: Knowledge
    own: Knowledge
    logins: dict[str, str]
    attempts: int = field(default=0)

    def login(self, name: str) -> Connection:
        """A session of the attacker's: reader, writer, admin, all, or app (trusted: by setting)."""
        connection = psycopg.connect(self.uri, user=self.logins[name], autocommit=True)
        connection.execute("set statement_timeout = '10s'")
        if name == "app":
            connection.execute(
                "select set_config('onethread.business_id', %s, false)", [str(self.attacker_id)]
            )
        return connection

    def attack(
        self, connection: Connection, statement: str, knowledge: Knowledge | None = None
    ) -> Outcome:
        """Runs statements, committed when they succeed; {words} are what the attacker knows."""
        self.attempts += 1
        notices: list[str] = []

        def note(diagnostic: psycopg.errors.Diagnostic) -> None:
            notices.append(f"{diagnostic.message_primary} {diagnostic.message_detail}")

        connection.add_notice_handler(note)
        text = fill(statement, knowledge or self.true)
        rows: list[tuple[Any, ...]] | None = None
        error, count = "", 0
        try:
            with connection.transaction():
                cursor = connection.execute(text.encode())
                while cursor.nextset():
                    pass
                count = cursor.rowcount
                rows = cursor.fetchall() if cursor.description else None
        except psycopg.Error as problem:
            error = describe(problem)
        finally:
            connection.remove_notice_handler(note)
        outcome = Outcome(rows, count, error, notices)
        assert BAIT not in outcome.text(), f"LEAK: {text}\n{outcome}"
        return outcome

    def compare(self, connection: Connection, statement: str) -> Outcome:
        """Attacks what the victim has and what nobody has: both must look alike."""
        true = self.attack(connection, statement, self.true)
        void = self.attack(connection, statement, self.void)
        assert self.blur(true) == self.blur(void), f"PROBE: {statement}\n{true}\n{void}"
        return true

    def blur(self, outcome: Outcome) -> str:
        """The outcome without the keys that the attacker put in itself, and without durations:
        how long somebody has waited by now differs from one call to the next. A key may lack its
        first character: what cuts it there can say so in an error."""
        text = re.sub(r"(?<!\d[T ])\b\d+:\d\d:\d\d(\.\d+)?", "duration", outcome.text())
        for knowledge in (self.true, self.void):
            for name, value in knowledge.items():
                first, rest = str(value)[0], str(value).removesuffix("@lid")[1:]
                if rest:
                    pattern = rf"(?<!\d)(?:{re.escape(first)})?{re.escape(rest)}"
                    text = re.sub(pattern, name, text)
        return text

    def victims(self) -> list[tuple[Any, ...]]:
        """Every row of the victim's, with its place, its version and its locks."""
        tables = self.owner.execute(
            "select c.relname, c.relnamespace::regnamespace::text, c.relname = 'business' "
            "from pg_class c "
            "inner join pg_attribute a on a.attrelid = c.oid "
            "and a.attname = case c.relname when 'business' then 'id' else 'business_id' end "
            f"where c.relkind = 'r' and c.relnamespace in {OUR_SCHEMAS} order by 1"
        ).fetchall()
        query = sql.SQL(" union all ").join(
            sql.SQL(
                "select {name}, t.ctid::text, t.xmin::text, t.xmax::text, to_jsonb(t)::text "
                "from {table} t where t.{key} = {victim}"
            ).format(
                name=sql.Literal(table),
                table=sql.Identifier(schema, table),
                key=sql.Identifier("id" if is_business else "business_id"),
                victim=sql.Literal(self.victim_id),
            )
            for table, schema, is_business in tables
        )
        return sorted(self.owner.execute(query).fetchall())

    @contextmanager
    def untouched(self) -> Iterator[None]:
        """Nothing of the victim's is written or locked inside."""
        before = self.victims()
        yield
        assert self.victims() == before


def fill(statement: str, knowledge: Knowledge) -> str:
    """The statement with what the attacker knows; braces of JSON stay."""
    return re.sub(
        r"\{(\w+)\}",
        lambda match: str(knowledge[match[1]]) if match[1] in knowledge else match[0],
        statement,
    )


def describe(error: psycopg.Error) -> str:
    """All fields of an error that a client gets."""
    diagnostic = error.diag
    return " | ".join(
        str(part)
        for part in (
            diagnostic.sqlstate,
            diagnostic.message_primary,
            diagnostic.message_detail,
            diagnostic.message_hint,
            diagnostic.context,
            diagnostic.constraint_name,
        )
        if part
    )


def build(uri: str) -> Arena:
    """Fills a migrated database with both businesses."""
    owner = psycopg.connect(uri, autocommit=True)
    # A vacuum takes what is left of old locks from a row: only an attack may change one.
    for table in owner.execute(
        "select c.oid::regclass::text from pg_class c "
        f"where c.relkind = 'r' and c.relnamespace in {OUR_SCHEMAS}"
    ).fetchall():
        owner.execute(f"alter table {table[0]} set (autovacuum_enabled = false)".encode())
    attacker_id = add_business(owner, "Attacker")
    own = _populate(owner, attacker_id, "mine", "+972543333333", "99000000003@lid", "WAMID-OWN")
    # Keys that stand out, and are nobody else's digits.
    for sequence in _sequences(owner):
        owner.execute("select setval(%s::regclass, 770000)", [sequence])
    victim_id = add_business(owner, f"Victim {BAIT}")
    true = _populate(owner, victim_id, BAIT, TRUE_PHONE, TRUE_LID, TRUE_PROVIDER_ID)
    for sequence in _sequences(owner):
        owner.execute("select setval(%s::regclass, 5000)", [sequence])
    void = {
        name: value + 110_000 if isinstance(value, int) else value for name, value in true.items()
    } | {
        "phone": VOID_PHONE,
        "lid": VOID_LID,
        "provider_id": VOID_PROVIDER_ID,
        "erased": VOID_ERASED,
    }
    return Arena(
        uri=uri,
        owner=owner,
        victim_id=victim_id,
        attacker_id=attacker_id,
        true=true | {"own": attacker_id},
        void=void | {"own": attacker_id},
        own=own | {"own": attacker_id},
        logins=_make_logins(owner, attacker_id),
    )


def _sequences(owner: Connection) -> list[str]:
    rows = owner.execute(
        "select c.oid::regclass::text from pg_class c "
        f"where c.relkind = 'S' and c.relnamespace in {OUR_SCHEMAS}"
    ).fetchall()
    return [row[0] for row in rows]


def _make_logins(owner: Connection, business_id: int) -> dict[str, str]:
    """Roles belong to the whole server: their names are this arena's own."""
    unique = uuid.uuid4().hex[:12]
    logins = {}
    for name, groups in {
        "reader": GROUPS[:1],
        "writer": GROUPS[1:2],
        "admin": GROUPS[2:],
        "all": GROUPS,
        "app": ("onethread_app",),
    }.items():
        role = f"attacker_{name}_{unique}"
        add_login(owner, role, *groups)
        # More than it should have: schemas of its own.
        owner.execute(
            sql.SQL("grant create, temporary on database {} to {}").format(
                sql.Identifier(owner.info.dbname), sql.Identifier(role)
            )
        )
        if name != "app":
            owner.execute(
                "insert into onethread.business_member (business_id, role_name) values (%s, %s)",
                [business_id, role],
            )
        logins[name] = role
    return logins


def _populate(
    owner: Connection, business_id: int, word: str, phone: str, lid: str, provider_id: str
) -> Knowledge:
    """Something in every table; returns the keys."""

    def one(query: str, *parameters: Any) -> int:
        row = owner.execute(query.encode(), parameters).fetchone()
        assert row is not None
        return int(row[0])

    payload = json.dumps({"text": word})
    owner.execute("insert into business_number values (%s, 'lid', %s)", [business_id, f"1{word}"])
    lead_id = one(
        "insert into lead (business_id, name, phone) values (%s, %s, %s) returning id",
        business_id,
        word,
        phone,
    )
    message = (
        "insert into whatsapp_message (business_id, direction, source, from_number, "
        "contact_aliases, sender_name, body, media, provider, provider_message_id, payload) "
        "values (%s, 'inbound', %s, %s, %s, %s, %s, %s, %s, %s, %s) returning id"
    )

    def write(address: str, aliases: list[str] | None, message_id: str) -> int:
        return one(
            message,
            *(business_id, word, address, aliases, word, f"{word} tomorrow at ten", payload, word),
            *(message_id, payload),
        )

    message_id = write(phone, [lid], provider_id)
    write(f"9{lid}", None, f"{provider_id}-2")
    write(f"8{lid}", None, f"{provider_id}-3")
    write(f"{word} nobody", None, f"{provider_id}-4")
    # An answer, and another that waits to be sent.
    for status in (None, "queued"):
        owner.execute(
            "insert into whatsapp_message (business_id, direction, source, to_number, body, "
            "status, provider, provider_message_id) "
            "values (%s, 'outbound', %s, %s, %s, %s, %s, %s)",
            [business_id, word, phone, word, status, word, f"{provider_id}-{status}"],
        )

    def conversation_of(address: str) -> int:
        return one("select onethread.find_conversation(%s, %s)", business_id, address)

    merge_id = one(
        "select onethread.merge_conversations(%s, %s, %s, %s)",
        business_id,
        conversation_of(f"8{lid}"),
        conversation_of(f"9{lid}"),
        word,
    )
    evidence_id = one(
        "insert into whatsapp_identity_evidence (business_id, a, b, relation, source) "
        "values (%s, %s, %s, 'different', %s) returning id",
        business_id,
        f"7{lid}",
        phone,
        word,
    )
    owner.execute(
        "insert into onethread.whatsapp_identity_conflict (business_id, evidence_id, reason) "
        "values (%s, %s, %s) on conflict do nothing",
        [business_id, evidence_id, word],
    )
    event_id = one(
        "insert into whatsapp_message_event "
        "(business_id, kind, provider_message_id, body, payload) "
        "values (%s, 'edited', %s, %s, %s) returning id",
        business_id,
        provider_id,
        f"{word} edited",
        payload,
    )
    owner.execute(
        "insert into whatsapp_message_event (business_id, kind, provider_message_id, body) "
        "values (%s, 'edited', %s, %s)",
        [business_id, f"nobody's {word}", f"{word} of unknown authorship"],
    )
    owner.execute(
        "insert into onethread.webhook (business_id, provider, instance) values (%s, 'waha', %s)",
        [business_id, word],
    )
    owner.execute(
        "insert into onethread.contact_name (business_id, key, source, name) "
        "values (%s, %s, 'book', %s)",
        [business_id, f"phone::{phone}", word],
    )
    reject_id = one(
        "insert into onethread.webhook_reject (business_id, provider, payload, reason) "
        "values (%s, %s, %s, %s) returning id",
        business_id,
        word,
        payload,
        word,
    )
    owner.execute(
        "insert into onethread.business_member values (%s, %s)", [business_id, f"role_of_{word}"]
    )
    owner.execute(
        "insert into onethread.business_hour values (%s, 1, '09:00', '17:00')", [business_id]
    )
    owner.execute(
        "insert into onethread.whatsapp_backfill (business_id) values (%s)", [business_id]
    )
    owner.execute(
        "insert into onethread.whatsapp_backfill_failure (business_id, message_id, error) "
        "values (%s, %s, %s)",
        [business_id, message_id, word],
    )
    owner.execute(
        "insert into onethread.answer_key (business_id, conversation_id, key, message_id) "
        "values (%s, %s, %s, %s)",
        [business_id, conversation_of(phone), word, message_id],
    )
    owner.execute(
        "insert into onethread.shown_name (business_id, identity_id, message_id, name, told_at) "
        "select i.business_id, i.id, %s, %s, now() from public.whatsapp_identity i "
        "where i.business_id = %s and i.conversation_id is not null limit 1 "
        "on conflict (business_id, identity_id, message_id) do update set name = excluded.name",
        [message_id, word, business_id],
    )
    owner.execute(
        "insert into onethread.shared_phone (business_id, key) values (%s, %s)",
        [business_id, f"phone::{word}"],
    )
    erased = f"6{lid}"
    write(erased, None, f"{provider_id}-5")
    erasure_id = one("select onethread.start_erasure(%s, %s)", business_id, erased)
    owner.execute(
        "select onethread.mark_read(%s, %s, %s)", [business_id, conversation_of(phone), message_id]
    )
    return {
        "business": business_id,
        "conversation": conversation_of(phone),
        "other_conversation": conversation_of(f"8{lid}"),
        "identity": one(
            "select id from whatsapp_identity where business_id = %s and kind = 'phone'",
            business_id,
        ),
        "message": message_id,
        "merge": merge_id,
        "evidence": evidence_id,
        "event": event_id,
        "reject": reject_id,
        "queued": one(
            "select id from whatsapp_message where business_id = %s and status = 'queued'",
            business_id,
        ),
        "lead": lead_id,
        "erasure": erasure_id,
        "erased": erased,
        "phone": phone,
        "lid": lid,
        "provider_id": provider_id,
    }
