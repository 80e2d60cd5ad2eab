"""Erasure, export and retention as logins of the application, of an administrator, of others."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator

import psycopg
import pytest

from tests.cli.commands import CommandLine
from tests.conftest import Connection, add_business, add_login, insert
from tests.privacy.scene import TYPED, find_traces, set_scene
from tests.sql.query import rows, scalar

PERSON = ("--business", "1", "--person", TYPED)


@pytest.fixture
def scene(onethread: CommandLine) -> CommandLine:
    """Somebody to erase in business 1, and a second business."""
    with psycopg.connect(onethread.url, autocommit=True) as connection:
        assert set_scene(connection) == 1
        insert(connection, add_business(connection, "Other"), "inbound", address=TYPED)
    return onethread


@pytest.fixture
def owner(scene: CommandLine) -> Iterator[Connection]:
    """Who sees everything."""
    with psycopg.connect(scene.url, autocommit=True) as connection:
        yield connection


def log_in(owner: Connection, group: str) -> str:
    """URL of a new login in the group, which has business 1."""
    role = f"{group}_{uuid.uuid4().hex[:12]}"
    add_login(owner, role, group)
    if group != "onethread_app":
        owner.execute("insert into onethread.business_member values (1, %s)", [role])
    info = owner.info
    return psycopg.conninfo.make_conninfo(info.dsn, user=role, password=info.password or None)


@pytest.mark.parametrize("group", ["onethread_app", "onethread_admin"])
def test_commands_work_when_role_may(
    scene: CommandLine, owner: Connection, monkeypatch: pytest.MonkeyPatch, group: str
) -> None:
    monkeypatch.setenv("DATABASE_URL", log_in(owner, group))
    exported = scene("export", *PERSON)
    assert exported.code == 0, exported.err
    assert len(json.loads(exported.out)["messages"]) == 7
    outcome = scene("erase", *PERSON, "--yes", "--json")
    assert outcome.code == 0, outcome.err
    assert outcome.rows[0]["messages"] == 7
    assert find_traces(owner, 1) == {}

    outcome = scene("retention", "set", "--business", "1", "--messages", "1", "--rejects", "1")
    assert outcome.code == 0, outcome.err
    owner.execute(
        "insert into whatsapp_identity_evidence (business_id, a, b, relation) "
        "values (1, '444000@lid', 'IL.444', 'same'), (1, '444000@lid', 'nonsense', 'same')"
    )
    for table in ("whatsapp_message", "whatsapp_message_event", "whatsapp_identity_evidence"):
        owner.execute(f"update {table} set created_at = '2026-01-01'")
    owner.execute("update whatsapp_conversation set created_at = '2026-01-01'")
    owner.execute("update onethread.webhook_reject set received_at = '2026-01-01'")
    outcome = scene("retention", "run", "--business", "1", "--json")
    assert outcome.code == 0, outcome.err
    [counts] = outcome.rows
    assert min(counts.values()) > 0
    assert scalar(owner, "select count(*) from whatsapp_message where business_id = 1") == 0
    assert scalar(owner, "select count(*) from whatsapp_message where business_id = 2") == 1


@pytest.mark.parametrize("group", ["onethread_app", "onethread_admin"])
def test_erasure_is_finished_when_retention_runs_as_the_role(
    scene: CommandLine, owner: Connection, monkeypatch: pytest.MonkeyPatch, group: str
) -> None:
    monkeypatch.setenv("DATABASE_URL", log_in(owner, group))
    scalar(owner, "select onethread.start_erasure(1, %s)", TYPED)
    outcome = scene("retention", "run", "--business", "1")
    assert outcome.code == 0, outcome.err
    assert find_traces(owner, 1) == {}


@pytest.mark.parametrize("command", [("erase", "--yes"), ("export",), ("retention", "run")])
def test_another_business_is_as_none_when_it_is_not_the_roles(
    scene: CommandLine,
    owner: Connection,
    monkeypatch: pytest.MonkeyPatch,
    command: tuple[str, ...],
) -> None:
    monkeypatch.setenv("DATABASE_URL", log_in(owner, "onethread_admin"))
    person = () if command[0] == "retention" else ("--person", TYPED)
    for business in ("2", "999"):
        outcome = scene(*command, "--business", business, *person)
        assert outcome.code == 1
        assert outcome.err.startswith(f"onethread: there is no business {business}")
    assert scalar(owner, "select count(*) from whatsapp_message where business_id = 2") == 1


def test_business_must_be_named_when_the_application_asks(
    scene: CommandLine, owner: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", log_in(owner, "onethread_app"))
    for command in (("retention",), ("retention", "run")):
        outcome = scene(*command)
        assert (outcome.code, "--business ID" in outcome.err) == (1, True)


FUNCTIONS = [
    "start_erasure(1, '0501234567')",
    "continue_erasure(1, 1)",
    "preview_erasure(1, '0501234567')",
    "export_person(1, '0501234567')",
    "delete_expired_messages(1, 10)",
    "delete_expired_events(1, 10)",
    "delete_expired_evidence(1, 10)",
    "delete_expired_names(1, 10)",
    "delete_expired_rejects(1, 10)",
    "forget_silent_conversation(1, 1)",
    "forget_unmet_person(1, 'lid::1')",
]


@pytest.mark.parametrize("group", ["onethread_reader", "onethread_writer"])
def test_role_may_not_when_it_only_reads_or_writes(owner: Connection, group: str) -> None:
    with psycopg.connect(log_in(owner, group), autocommit=True) as connection:
        for function in FUNCTIONS:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(f"select onethread.{function}".encode())
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("update business set message_retention_days = 1")


HELPERS = [
    "select * from onethread.erasure_secret",
    "select * from onethread.erased_identifier",
    "select onethread.is_erased(1, 'phone::+972501234567', now())",
    "select onethread.erased_times(1, 'phone::+972501234567')",
    "select onethread.record_erased_identifier(1, 'lid::1', '-infinity', now())",
    "select onethread.delete_messages(1, '{1}')",
    "select onethread.forget_leads(1, '{1}')",
    "select onethread.erase_conversations(1, '{1}')",
    "select onethread.erase_from_reject(1, 1, '{1}')",
    "select onethread.finish_erasure(e) from onethread.erasure e",
    "insert into onethread.erasure (business_id) values (1)",
]


@pytest.mark.parametrize("query", HELPERS)
def test_administrator_gains_nothing_when_calling_what_is_behind(
    owner: Connection, query: str
) -> None:
    """Neither learns whether a number was erased, nor deletes what an erasure would not."""
    insert(owner, 1, "inbound", address=TYPED)
    scalar(owner, "select onethread.start_erasure(1, %s)", TYPED)
    with psycopg.connect(log_in(owner, "onethread_admin"), autocommit=True) as connection:
        assert len(rows(connection, "select step from onethread.erasure")) == 1
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(query.encode())
