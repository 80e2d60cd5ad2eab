"""A client that a generator makes of the description works."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from onethread.web import create_app
from onethread.web.api.description import describe
from tests.conftest import Connection, insert
from tests.web.conftest import API_TOKEN, SETTINGS
from tests.web.running import serving

# What a user of the client writes.
PROGRAM = """
import sys

from onethread_client import AuthenticatedClient
from onethread_client.api.conversations import list_conversations, list_messages, queue_answer
from onethread_client.api.messages import read_message, write_message
from onethread_client.models import Answer, NewMessage, NewMessageDirection, ProblemDetail

address, token = sys.argv[1:]
with AuthenticatedClient(address, token) as client:
    message = NewMessage(
        direction=NewMessageDirection.INBOUND, from_number="+972501110001", body="one more"
    )
    written = write_message.sync(client=client, body=message, business_id=1)
    assert written and not isinstance(written, ProblemDetail) and written.id
    bodies: list[str | None] = []
    before: str | None = None
    while True:
        page = list_messages.sync(
            written.conversation_id or "", client=client, business_id=1, limit=2, before=before
        )
        assert page and not isinstance(page, ProblemDetail)
        bodies += [each.body for each in page.messages]
        before = page.next_
        if before is None:
            break
    assert bodies == ["one more", "1", "0"], bodies
    lines = list_conversations.sync(client=client, business_id=1, waiting=True)
    assert lines and not isinstance(lines, ProblemDetail)
    [line] = lines.conversations
    assert line.last_message and line.last_message.body == "one more"
    kinds = []
    for _ in range(2):
        queued = queue_answer.sync(
            line.id,
            client=client,
            business_id=1,
            body=Answer(body="yes"),
            idempotency_key="made-up-key",
        )
        assert queued and not isinstance(queued, ProblemDetail)
        kinds.append(queued.is_duplicate)
    assert kinds == [False, True]
    told = read_message.sync(written.id, client=client, business_id=1)
    assert told and not isinstance(told, ProblemDetail)
    assert told.explanation[0].step == "address"
    missing = read_message.sync("1" * 18, client=client, business_id=1)
    assert isinstance(missing, ProblemDetail) and missing.status == 404
"""


def test_generated_client_writes_reads_and_answers(
    database: str, committed: Connection, tmp_path: Path
) -> None:
    for number in range(2):
        insert(committed, 1, "inbound", address="+972501110001", body=str(number))
    (tmp_path / "openapi.json").write_text(json.dumps(describe(create_app(database, SETTINGS))))
    (tmp_path / "config.yaml").write_text(
        "project_name_override: onethread-client\npackage_name_override: onethread_client\n"
        "post_hooks: []\n"
    )
    (tmp_path / "program.py").write_text(PROGRAM)
    _run(
        tmp_path, "openapi_python_client", "generate", "--path", "openapi.json", "--config",
        "config.yaml", "--meta", "none", "--output-path", "onethread_client", "--fail-on-warning",
    )  # fmt: skip
    with serving(database, SETTINGS) as address:
        _run(tmp_path, "program", address, API_TOKEN)
    assert committed.execute(
        "select count(*) from whatsapp_message where direction = 'outbound'"
    ).fetchone() == (1,)


def _run(folder: Path, module: str, *arguments: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
