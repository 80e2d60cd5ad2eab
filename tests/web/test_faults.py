"""What was acknowledged is there, once, whatever dies: a ledger of answers against the rows."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.conftest import Connection
from tests.web.conftest import BEARER
from tests.web.test_serve import running

MESSAGES = 400
PEOPLE = 20
ACKNOWLEDGED_BETWEEN_FAULTS = 100

_CUT = """
select pg_terminate_backend(pid)
from pg_stat_activity
where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'
"""


def payload(number: int) -> bytes:
    """One message, of one of the people."""
    key = {
        "remoteJid": f"9725011100{number % PEOPLE:02}@s.whatsapp.net",
        "fromMe": False,
        "id": f"3EB0{number:012}",
    }
    message = {
        "key": key,
        "messageTimestamp": 1780000000 + number,
        "message": {"conversation": str(number)},
    }
    event = {"event": "messages.upsert", "data": {"messages": [message], "type": "notify"}}
    return json.dumps(event).encode()


@pytest.mark.parametrize("fault", ["connections cut", "server killed"])
def test_what_is_acknowledged_is_there_once_when_it_breaks(
    database: str, committed: Connection, fault: str
) -> None:
    """Eight senders that, as providers do, repeat what was not acknowledged."""
    lock = threading.Lock()
    acknowledged: set[str] = set()
    faults = 0
    while len(acknowledged) < MESSAGES:
        with running(database) as (address, process), httpx.Client(timeout=30) as client:

            def send(number: int) -> None:
                nonlocal faults
                try:
                    answer = client.post(
                        f"{address}/webhooks/baileys/1", content=payload(number), headers=BEARER
                    )
                except httpx.TransportError:
                    return
                assert answer.status_code in (200, 503), answer.text
                if answer.status_code == 503:
                    return
                assert answer.json()["rejected"] is None
                with lock:
                    acknowledged.add(str(number))
                    if len(acknowledged) // ACKNOWLEDGED_BETWEEN_FAULTS > faults:
                        faults += 1
                        if fault == "server killed":
                            process.kill()
                        else:
                            committed.execute(_CUT)

            left = [n for n in range(MESSAGES) if str(n) not in acknowledged]
            with ThreadPoolExecutor(8) as pool:
                list(pool.map(send, left))
        stored = [row[0] for row in committed.execute("select body from whatsapp_message")]
        assert acknowledged <= set(stored)
        assert len(stored) == len(set(stored))
    assert faults >= MESSAGES // ACKNOWLEDGED_BETWEEN_FAULTS - 1
    assert len(stored) == MESSAGES
    people = "select count(*), count(distinct conversation_id) from whatsapp_message"
    assert committed.execute(people).fetchall() == [(MESSAGES, PEOPLE)]
    assert committed.execute("select * from thread_integrity").fetchall() == []
