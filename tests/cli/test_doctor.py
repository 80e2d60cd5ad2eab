"""The doctor sees what is wrong: each thing is broken on purpose."""

from __future__ import annotations

import json

import psycopg
import pytest

from onethread.doctor import CHECKS, ERROR, OK, WARNING, Finding, examine, exit_code
from tests.cli.commands import CommandLine
from tests.conftest import Connection, add_business

# The test server has fsync and synchronous_commit off.
EXPECTED = {"settings"}


def look(connection: Connection) -> dict[tuple[str, str], str]:
    """(check, status) to the details."""
    found: dict[tuple[str, str], str] = {}
    for finding in examine(connection):
        key = finding.check, finding.status
        found[key] = f"{found.get(key, '')} {finding.detail}"
    return found


def test_all_is_well_when_just_migrated(connection: Connection) -> None:
    findings = examine(connection)
    assert {f.check for f in findings if f.status != OK} == EXPECTED
    assert {f.check for f in findings} == set(CHECKS)


@pytest.mark.parametrize(
    ("sabotage", "check", "status", "word"),
    [
        (
            "update onethread.source set sha256 = 'x' "
            "where name = 'functions/link_message_trigger'",
            "schema",
            ERROR,
            "link_message_trigger",
        ),
        (
            "insert into onethread.source (name, sha256) values ('migrations/onethread_9999', 'x')",
            "schema",
            ERROR,
            "onethread_9999",
        ),
        (
            "delete from onethread.source where name ~ 'intake'",
            "schema",
            ERROR,
            "intake",
        ),
        (
            "drop function onethread.list_inbox(bigint, text, int, text) cascade",
            "functions",
            ERROR,
            "list_inbox",
        ),
        ("drop trigger lead_20_link on lead", "triggers", ERROR, "lead_20_link"),
        (
            "alter table whatsapp_message disable trigger zzz_onethread_message_10_link",
            "triggers",
            ERROR,
            "disabled: zzz_onethread_message_10_link",
        ),
        (
            "create function late() returns trigger language plpgsql as 'begin return new; end'; "
            "create trigger zzzz_late before insert on whatsapp_message "
            "for each row execute function late()",
            "trigger_order",
            WARNING,
            "zzzz_late on whatsapp_message",
        ),
        ("drop index whatsapp_message_inbox_idx", "indexes", ERROR, "whatsapp_message_inbox_idx"),
        (
            "update pg_index set indisvalid = false where indexrelid = 'lead_pkey'::regclass",
            "indexes",
            ERROR,
            "invalid: lead_pkey",
        ),
        (
            "alter table whatsapp_message drop constraint whatsapp_message_lead_fkey",
            "constraints",
            ERROR,
            "whatsapp_message_lead_fkey",
        ),
        (
            "alter table lead add constraint named check (name <> '') not valid",
            "constraints",
            WARNING,
            "lead.named",
        ),
        ("alter table lead disable row level security", "row_security", ERROR, "without row-level"),
        ("drop policy business_isolation on lead", "row_security", ERROR, "other policies"),
        ("create policy everybody on lead using (true)", "row_security", ERROR, "lead"),
        (
            "insert into onethread.adopted_table (name) values ('lead'); "
            "alter table lead disable row level security",
            "row_security",
            ERROR,
            "that every tenant sees: lead",
        ),
        (
            "alter role onethread_reader rename to gone",
            "roles",
            WARNING,
            "missing: onethread_reader",
        ),
        ("drop owned by onethread_admin", "roles", WARNING, "without rights"),
        (
            "create role too_much bypassrls in role onethread_app",
            "roles",
            WARNING,
            "all the same: too_much",
        ),
        (
            "grant execute on function onethread.undo_merge(bigint, bigint) to public",
            "definers",
            ERROR,
            "for everybody: undo_merge",
        ),
        (
            "alter function onethread.undo_merge(bigint, bigint) security invoker",
            "definers",
            ERROR,
            "no longer run as the owner: undo_merge",
        ),
        (
            "alter function onethread.undo_merge(bigint, bigint) reset search_path",
            "definers",
            ERROR,
            "undo_merge",
        ),
        ("set local deadlock_timeout = '100ms'", "settings", ERROR, "deadlock_timeout"),
        ("set local lock_timeout = '500ms'", "settings", WARNING, "lock_timeout"),
        ("set local statement_timeout = '4s'", "settings", WARNING, "statement_timeout"),
        ("set local session_replication_role = replica", "settings", ERROR, "replica"),
        (
            "set local default_transaction_isolation = serializable",
            "settings",
            ERROR,
            "serializable",
        ),
        (
            "alter role current_user set default_transaction_isolation = 'repeatable read'",
            "settings",
            ERROR,
            "repeatable read for role postgres",
        ),
        (
            "alter role current_user set lock_timeout = '1s'",
            "settings",
            WARNING,
            "lock_timeout = 1s for role postgres",
        ),
        (
            "create or replace function onethread.phone_metadata_version() returns text "
            "language sql as $$ select '8.0.0' $$",
            "phone_metadata",
            WARNING,
            "8.0.0",
        ),
        (
            "insert into whatsapp_identity_evidence (business_id, a, b, relation, created_at) "
            "values (1, '1@lid', '+972501234567', 'same', now() - interval '1 hour'); "
            "update whatsapp_identity_evidence set applied_at = null",
            "pending",
            WARNING,
            "1 statement",
        ),
        (
            "insert into whatsapp_message (business_id, direction, from_number) "
            "values (1, 'inbound', 'nobody')",
            "unlinked",
            WARNING,
            "1 of the last day",
        ),
        (
            "insert into whatsapp_message_event (business_id, kind, provider_message_id) "
            "values (1, 'revoked', 'm1')",
            "unattributed",
            WARNING,
            "1 of the last day",
        ),
        (
            "insert into onethread.webhook_reject (business_id, provider, payload, reason) "
            "values (1, 'x', 'x', 'x')",
            "rejects",
            WARNING,
            "1 payload",
        ),
        (
            "insert into whatsapp_message "
            "(business_id, direction, from_number, to_number, provider) "
            "values (1, 'inbound', '+972501234567', '15550000001', 'evolution')",
            "numbers",
            WARNING,
            "not registered: 15550000001",
        ),
        (
            "insert into onethread.erasure (business_id, started_at) values (1, now() - interval "
            "'2 hours')",
            "erasures",
            WARNING,
            "1 erasure",
        ),
        (
            "insert into whatsapp_message (business_id, direction, from_number) "
            "values (1, 'inbound', '+972501234567'), (1, 'inbound', '+972507654321'); "
            "update whatsapp_message set conversation_id = "
            "(select min(id) from whatsapp_conversation)",
            "integrity",
            ERROR,
            "message disagrees",
        ),
    ],
)
def test_it_is_seen_when_broken(
    connection: Connection, sabotage: str, check: str, status: str, word: str
) -> None:
    business_id = add_business(connection)
    connection.execute(sabotage.replace("(1, ", f"({business_id}, "))
    assert word in look(connection)[check, status]


def test_row_security_applies_when_role_is_ordinary(connection: Connection) -> None:
    connection.execute(
        "create role reporter in role pg_read_all_data, onethread_reader; set local role reporter"
    )
    assert "it applies to reporter" in look(connection)["row_security", OK]
    connection.execute("reset role")
    assert "(a superuser) sees every business" in look(connection)["row_security", OK]


def test_check_that_cannot_be_asked_is_an_error_when_role_may_not(connection: Connection) -> None:
    connection.execute("create role stranger; set local role stranger")
    findings = examine(connection, ignored=["server", "settings"])
    assert [(f.check, f.status) for f in findings] == [("schema", ERROR)]
    assert "permission denied" in findings[0].detail


@pytest.mark.parametrize(
    ("statuses", "code"),
    [([], 0), ([OK], 0), ([OK, WARNING], 1), ([WARNING, ERROR, OK], 2)],
)
def test_exit_code_is_the_worst_when_there_are_several(statuses: list[str], code: int) -> None:
    assert exit_code([Finding("x", status, "") for status in statuses]) == code


def test_command_says_what_it_found_when_run(onethread: CommandLine) -> None:
    ignored = ["--ignore", "settings"]
    assert onethread("doctor", *ignored).code == 0
    assert onethread("doctor").code == 2
    with psycopg.connect(onethread.url, autocommit=True) as connection:
        add_business(connection)
        connection.execute(
            "insert into onethread.webhook_reject (business_id, provider, payload, reason) "
            "values (1, 'x', 'x', 'x')"
        )
    outcome = onethread("doctor", *ignored, "--quick", "--json")
    assert outcome.code == 1
    report = json.loads(outcome.out)
    assert [f["check"] for f in report if f["status"] != OK] == ["rejects"]
    assert "integrity" not in {f["check"] for f in report}


def test_command_is_in_error_when_there_is_no_database(
    onethread: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", f"{onethread.url}&dbname=no_such_database")
    outcome = onethread("doctor")
    assert outcome.code == 2
    assert outcome.out.startswith("error    connection")


def test_only_the_schema_is_told_when_there_is_none(
    onethread: CommandLine, empty_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", empty_database)
    outcome = onethread("doctor", "--ignore", "settings")
    assert outcome.code == 2
    assert [line.split()[:2] for line in outcome.out.splitlines() if line[0] != " "] == [
        ["ok", "server"],
        ["error", "schema"],
    ]


def test_command_refuses_when_check_is_unknown(onethread: CommandLine) -> None:
    outcome = onethread("doctor", "--ignore", "weather")
    assert outcome.code == 1
    assert "row_security" in outcome.err
