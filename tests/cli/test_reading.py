"""The commands inbox and thread, and what every command says when it cannot work."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from tests.cli.commands import BAILEYS, CLOUD, CommandLine, Outcome

COMMANDS = (
    ("inbox",),
    ("thread", "0521110001"),
    ("business", "list"),
    ("ingest", "--business", "1", "--provider", "baileys", str(BAILEYS)),
)


def assert_told(outcome: Outcome, *words: str) -> None:
    """It failed, and says on stderr what happened and what to do."""
    assert outcome.code == 1
    assert outcome.out == ""
    assert outcome.err.startswith("onethread: ")
    assert "Traceback" not in outcome.err
    for word in words:
        assert word in outcome.err


@pytest.mark.parametrize(
    "spelling",
    [
        "0521110001",
        "052-111-0001",
        "+972 52-111-0001",
        "00972521110001",
        "972521110001@s.whatsapp.net",
        "972521110001:7@s.whatsapp.net",
        "972521110001@c.us",
        "whatsapp:+972521110001",
        "111111111110001@lid",
        "IL.AVI1",
    ],
)
def test_thread_is_found_when_spelled(clinic: CommandLine, spelling: str) -> None:
    clinic.ingest("meta_cloud", CLOUD)
    clinic.ingest("baileys", BAILEYS)
    assert len(clinic.thread(spelling)) == 6


def test_ids_are_strings_when_printed_as_json(clinic: CommandLine) -> None:
    clinic.ingest("meta_cloud", CLOUD)
    for arguments in (("inbox", "--json"), ("thread", "0521110001", "--json")):
        rows = clinic(*arguments).rows
        assert rows
        for row in rows:
            for name, value in row.items():
                if name == "id" or (name.endswith("_id") and name != "provider_message_id"):
                    assert value is None or (isinstance(value, str) and value.isdigit())


def test_pages_follow_when_the_cursor_is_given(clinic: CommandLine) -> None:
    clinic.ingest("meta_cloud", CLOUD)
    for command in (("inbox",), ("thread", "0521110001")):
        whole = clinic(*command, "--json").rows
        paged = clinic(*command, "--json", "--limit", "1").rows
        while rest := clinic(
            *command, "--json", "--limit", "1", "--before", paged[-1]["cursor"]
        ).rows:
            paged += rest
        assert paged == whole
        assert len(whole) > 1


def test_tables_are_printed_when_json_is_not_asked_for(clinic: CommandLine) -> None:
    clinic.ingest("meta_cloud", CLOUD)
    clinic.ingest("baileys", clinic.file("[]"))
    inbox, thread = clinic("inbox"), clinic("thread", "0521110001")
    assert "+972521110001" in inbox.out
    assert "from Avi" in thread.out
    assert thread.out.index("from Avi") < thread.out.index("delivered twice")


def test_deleted_message_shows_nothing_when_printed(clinic: CommandLine) -> None:
    with psycopg.connect(clinic.url) as connection:
        connection.execute(
            "insert into whatsapp_message (business_id, direction, from_number, body, "
            "provider_message_id) values (1, 'inbound', '0521110001', 'secret', 'm1');"
            "insert into whatsapp_message_event (business_id, kind, provider_message_id) "
            "values (1, 'revoked', 'm1')"
        )
    thread = clinic("thread", "0521110001").out
    assert "[deleted]" in thread
    assert "secret" not in thread + clinic("inbox").out


def test_markup_and_escapes_are_shown_when_in_a_text(clinic: CommandLine) -> None:
    with psycopg.connect(clinic.url) as connection:
        connection.execute(
            "insert into whatsapp_message (business_id, direction, from_number, body) "
            "values (1, 'inbound', '0521110001', %s)",
            ["[red]x[/nope]\x1b[2J\n\u202eline"],
        )
    for outcome in (clinic("inbox"), clinic("thread", "0521110001")):
        assert outcome.code == 0
        assert "[red]x[/nope]" in outcome.out
        assert "\x1b" not in outcome.out


@pytest.mark.parametrize("command", [("migrate",), *COMMANDS])
def test_command_tells_when_the_server_is_unreachable(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    command: tuple[str, ...],
) -> None:
    url = f"postgresql://postgres@/x?host={tmp_path}"
    outcome = CommandLine(url, tmp_path, monkeypatch, capsys)(*command)
    assert_told(outcome, "cannot connect", "DATABASE_URL")


def test_command_tells_when_the_url_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    outcome = CommandLine("://bla", tmp_path, monkeypatch, capsys)("inbox")
    assert_told(outcome, "DATABASE_URL", "postgresql://")


@pytest.mark.parametrize("command", COMMANDS)
def test_command_tells_when_not_migrated(
    empty_database: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    command: tuple[str, ...],
) -> None:
    outcome = CommandLine(empty_database, tmp_path, monkeypatch, capsys)(*command)
    assert_told(outcome, "no Onethread schema", "onethread migrate")


@pytest.mark.parametrize("command", [("migrate",), *COMMANDS])
def test_command_tells_when_the_schema_is_newer(
    clinic: CommandLine, command: tuple[str, ...]
) -> None:
    with psycopg.connect(clinic.url) as connection:
        connection.execute(
            "insert into onethread.source (name, sha256) values ('migrations/onethread_9999', 'x')"
        )
    assert_told(clinic(*command), "onethread_9999", "Upgrade")


def test_command_tells_when_a_migration_is_missing(clinic: CommandLine) -> None:
    with psycopg.connect(clinic.url) as connection:
        connection.execute(
            "delete from onethread.source where name like 'migrations/onethread_0005%'"
        )
    assert_told(clinic("inbox"), "lacks 1 migration,", "onethread_0005", "onethread migrate")


@pytest.mark.parametrize("command", COMMANDS)
def test_command_tells_when_functions_are_outdated(
    clinic: CommandLine, command: tuple[str, ...]
) -> None:
    with psycopg.connect(clinic.url) as connection:
        connection.execute(
            "update onethread.source set sha256 = 'old' "
            "where name = 'functions/link_message_trigger'"
        )
    assert_told(clinic(*command), "functions/link_message_trigger", "onethread migrate")
    assert clinic("migrate").code == 0
    assert clinic(*command).code == (1 if command[0] == "thread" else 0)


@pytest.mark.parametrize("command", [c for c in COMMANDS if c[0] != "business"])
def test_command_tells_when_the_business_is_unknown(
    clinic: CommandLine, command: tuple[str, ...]
) -> None:
    for number in ("77", "0", "-1", "9" * 30):
        outcome = clinic(*command, "--business", number)
        assert_told(outcome, f"no business {number}", "business add")


def test_command_tells_when_the_address_is_unknown(clinic: CommandLine) -> None:
    for address in ("0529999999", "bla", "", "a\0b", "x\udcff", "9" * 5000):
        assert_told(clinic("thread", address), "has the address", "onethread inbox")


def test_command_tells_when_the_cursor_is_invalid(clinic: CommandLine) -> None:
    clinic.ingest("baileys", BAILEYS)
    for command in (("inbox",), ("thread", "0521110001")):
        assert clinic(*command).code == 0
        for cursor in ("bla", "2026-01-01/x", "1/1/1\0"):
            assert_told(clinic(*command, "--before", cursor), "cursor")


@pytest.mark.parametrize("limit", ["0", "-5", "99999", "9" * 30])
def test_limit_is_bounded_when_out_of_range(clinic: CommandLine, limit: str) -> None:
    clinic.ingest("baileys", BAILEYS)
    outcome = clinic("inbox", "--json", "--limit", limit)
    assert outcome.code == 0, outcome.err
    assert outcome.rows


def test_command_tells_when_there_is_no_business(onethread: CommandLine) -> None:
    for command in (("inbox",), ("thread", "0521110001")):
        assert_told(onethread(*command), "no business yet", "business add")


def test_command_tells_when_there_are_several_businesses(clinic: CommandLine) -> None:
    clinic("business", "add", "Other", "--region", "IL")
    for command in (("inbox",), ("thread", "0521110001")):
        assert_told(clinic(*command), "more than one", "--business", "1 (Clinic)", "2 (Other)")
    assert clinic("inbox", "--business", "2", "--json").rows == []
