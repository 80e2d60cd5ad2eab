"""The commands erase, export and retention."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import psycopg
import pytest

from onethread.database.business import add_business
from tests.cli.commands import BAILEYS, CommandLine
from tests.privacy.scene import NAME, TRACES, TYPED, find_ids, find_traces, set_scene

PERSON = ("--business", "1", "--person", TYPED)


@pytest.fixture
def scene(onethread: CommandLine) -> CommandLine:
    """The command line on a database in which there is somebody to erase."""
    with psycopg.connect(onethread.url, autocommit=True) as connection:
        assert set_scene(connection) == 1
    return onethread


def traces(command: CommandLine) -> dict[str, list[Any]]:
    with psycopg.connect(command.url) as connection:
        return find_traces(connection, 1)


def test_person_is_erased_when_confirmed(scene: CommandLine) -> None:
    outcome = scene("erase", *PERSON, "--yes")
    assert outcome.code == 0, outcome.err
    assert outcome.out.startswith("Erased. Erasure 1: 7 messages, 4 events, ")
    assert traces(scene) == {}
    assert scene("thread", TYPED, "--business", "1").code == 1


def test_report_is_json_without_personal_data_when_asked_for(scene: CommandLine) -> None:
    [report] = scene("erase", *PERSON, "--yes", "--json").rows
    assert (report["erasure_id"], report["messages"]) == ("1", 7)
    assert not {"keys", "conversation_ids"} & set(report)


def test_nothing_is_erased_when_nobody_can_be_asked(scene: CommandLine) -> None:
    outcome = scene("erase", *PERSON)
    assert outcome.code == 1
    assert "--yes" in outcome.err
    assert traces(scene) != {}


@pytest.mark.parametrize(("answer", "is_erased"), [("y", True), ("YES", True), ("", False)])
def test_answer_counts_when_asked(
    scene: CommandLine, monkeypatch: pytest.MonkeyPatch, answer: str, is_erased: bool
) -> None:
    monkeypatch.setattr("onethread.cli.privacy._is_terminal", lambda: True)
    outcome = scene("erase", *PERSON, stdin=f"{answer}\n".encode())
    assert outcome.code == (0 if is_erased else 1)
    assert "+972501234567" in outcome.err and "6 messages, 2 leads" in outcome.err
    assert (traces(scene) == {}) == is_erased


@pytest.mark.parametrize("command", ["erase", "export"])
@pytest.mark.parametrize(
    ("business", "person", "reason"),
    [("1", "nonsense", "identifies nobody"), ("7", TYPED, "there is no business 7")],
)
def test_reason_is_given_when_person_cannot_be_meant(
    scene: CommandLine, command: str, business: str, person: str, reason: str
) -> None:
    options = ["--yes"] if command == "erase" else []
    outcome = scene(command, "--business", business, "--person", person, *options)
    assert outcome.code == 1
    assert reason in outcome.err


SECTIONS = {
    "contact_name": "names",
    "conversation_read": "read_marks",
    "lead": "leads",
    "shown_name": "names",
    "webhook_reject": "rejects",
    "whatsapp_backfill_failure": "messages",
    "whatsapp_conversation": "conversations",
    "whatsapp_conversation_merge": "merges",
    "whatsapp_identity": "identifiers",
    "whatsapp_identity_conflict": "conflicts",
    "whatsapp_identity_evidence": "evidence",
    "whatsapp_message": "messages",
    "whatsapp_message_event": "actions",
}
"""Where the export has a table; events of the person's own messages are with these."""


def test_export_has_all_that_an_erasure_takes_when_written(scene: CommandLine) -> None:
    outcome = scene("export", *PERSON)
    assert outcome.code == 0, outcome.err
    data: dict[str, list[dict[str, Any]]] = json.loads(outcome.out)
    assert set(data) == set(SECTIONS.values())
    exported = {section: {str(row.get("id")) for row in rows} for section, rows in data.items()}
    exported["names"].add("None")  # a name has no id
    assert {name["name"] for name in data["names"]} == {NAME}
    exported["actions"] |= {
        event["id"] for message in data["messages"] for event in message["events"] or []
    }
    with psycopg.connect(scene.url) as connection:
        traces = TRACES + find_ids(connection, 1)
        for column, row_ids in find_traces(connection, 1, traces).items():
            table, _, name = column.partition(".")
            # A payload of somebody else's may name them; a failure has no id of its own.
            if name == "error":
                [message] = [row for row in data["messages"] if row["backfill_error"]]
                assert message["provider_message_id"] == "OLD"
            elif table == "answer_key":
                assert any(message["answer_key"] for message in data["messages"])
            elif name != "payload":
                assert set(map(str, row_ids)) <= exported[SECTIONS[table]], column
    assert "still here" not in outcome.out and '"fine"' not in outcome.out

    [report] = scene("erase", *PERSON, "--yes", "--json").rows
    assert {
        section: len(data[section])
        for section in ("identifiers", "leads", "messages", "evidence", "conflicts", "merges")
    }.items() <= report.items()


def test_export_is_nobody_elses_to_read_when_in_a_file(scene: CommandLine, tmp_path: Path) -> None:
    for path in (tmp_path / "new.json", tmp_path / "old.json"):
        if path.name == "old.json":
            path.touch(0o644)
        assert scene("export", *PERSON, "--output", path).code == 0
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert json.loads(path.read_text())
    refused = scene("export", *PERSON, "--output", tmp_path / "missing" / "new.json")
    assert (refused.code, "onethread: cannot write " in refused.err) == (1, True)


def test_export_is_read_by_javascript_when_ids_are_long(scene: CommandLine) -> None:
    data = json.loads(scene("export", *PERSON).out)
    [read] = [m for m in data["messages"] if m["provider_message_id"] == "M2"]
    assert isinstance(read["id"], str) and isinstance(read["conversation_id"], str)
    assert [event["kind"] for event in read["events"]] == ["read"]
    assert isinstance(read["events"][0]["id"], str)


def test_export_goes_to_a_file_when_named(scene: CommandLine, tmp_path: Path) -> None:
    path = tmp_path / "person.json"
    assert scene("export", *PERSON, "--output", path).code == 0
    assert path.read_text("utf-8") == scene("export", *PERSON).out


def test_export_is_empty_when_nobody_is_known(onethread: CommandLine) -> None:
    with psycopg.connect(onethread.url, autocommit=True) as connection:
        add_business(connection, "Clinic", "IL", [])
    outcome = onethread("export", *PERSON)
    assert (outcome.code, json.loads(outcome.out)) == (1, {})
    assert "nothing is kept" in outcome.err


def test_what_acts_says_which_number_it_read(onethread: CommandLine) -> None:
    with psycopg.connect(onethread.url, autocommit=True) as connection:
        add_business(connection, "Salon", "DE", [])
        connection.execute(
            "insert into whatsapp_message (business_id, direction, from_number, body) "
            "values (1, 'inbound', '4915112345678@c.us', 'Hello')"
        )
    person = ("--business", "1", "--person")
    read = "onethread: 4915112345678 is read as +4915112345678\n"
    national = "onethread: 015112345678 is read as +4915112345678\n"

    assert onethread("split", "4915112345678", "--business", "1").err == read
    assert onethread("export", *person, "015112345678").err == national
    assert onethread("erase", *person, "4915112345678", "--yes").err.startswith(read)
    unknown = onethread("thread", "015112345678", "--business", "1").err
    assert "'015112345678', read as +4915112345678" in unknown


def test_person_does_not_come_back_when_files_are_ingested_again(clinic: CommandLine) -> None:
    clinic.ingest("baileys", BAILEYS)
    clinic.ingest("baileys", BAILEYS)
    person = ("--business", "1", "--person", "111111111110001@lid")
    assert clinic("erase", *person, "--yes").code == 0
    inbox = clinic("inbox", "--business", "1", "--json").rows
    assert len(inbox) > 1
    clinic.ingest("baileys", BAILEYS)
    assert clinic("thread", "111111111110001@lid", "--business", "1").code == 1
    assert clinic("inbox", "--business", "1", "--json").rows == inbox


def test_retention_is_kept_by_business_when_set(clinic: CommandLine) -> None:
    assert clinic("retention", "set", "--messages", "30", "--business", "1").code == 0
    [row] = clinic("retention", "--business", "1", "--json").rows
    assert (row["message_days"], row["reject_days"]) == (30, None)
    assert clinic("retention", "--business", "7", "set").code == 1
    assert clinic("retention", "run", "--json", "--business", "1").rows == [
        {
            "business_id": 1,
            "messages": 0,
            "events": 0,
            "rejects": 0,
            "evidence": 0,
            "names": 0,
            "conversations": 0,
            "unmet": 0,
        }
    ]
    outcome = clinic("retention", "run")
    assert outcome.out == (
        "Business 1: deleted 0 messages, 0 events, 0 rejects, 0 evidence, 0 names, "
        "0 conversations, 0 unmet.\n"
    )
    assert clinic("retention", "set").code == 0
    [row] = clinic("retention", "--json").rows
    assert (row["message_days"], row["reject_days"]) == (None, None)


@pytest.mark.parametrize("days", ["0", "-1", "x", "40000"])
def test_retention_is_refused_when_days_are_none(clinic: CommandLine, days: str) -> None:
    with pytest.raises(SystemExit):
        clinic("retention", "set", "--messages", days)
