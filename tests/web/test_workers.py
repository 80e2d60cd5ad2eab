"""`onethread serve --workers`: several processes that are one server."""

from __future__ import annotations

import signal
import time

import httpx
import psutil
from prometheus_client.parser import text_string_to_metric_families

from tests.cli.test_ingest import upsert
from tests.conftest import Connection
from tests.web.test_serve import running


def test_workers_are_one_server(database: str, committed: Connection) -> None:
    """They count together, one that dies is replaced, and all end together."""
    with running(database, "--insecure", "--workers", "2") as (address, process):
        parent = psutil.Process(process.pid)
        first = parent.children()
        assert len(first) == 2

        def post(count: int) -> None:
            for _ in range(count):  # each on a connection of its own
                payload = upsert(f"{next(numbers):08X}", "hi")
                answer = httpx.post(f"{address}/webhooks/baileys/1", json=payload)
                assert answer.status_code == 200, answer.text

        numbers = iter(range(1000))
        post(20)
        first[0].kill()
        end = time.monotonic() + 30
        while len(parent.children()) < 2 or first[0] in parent.children():
            assert time.monotonic() < end
            time.sleep(0.05)
        post(20)
        metrics = httpx.get(f"{address}/metrics").text
        samples = {
            (sample.name, sample.labels.get("kind")): sample.value
            for family in text_string_to_metric_families(metrics)
            for sample in family.samples
        }
        assert samples["onethread_intake_rows_total", "messages"] == 40
        workers = parent.children()
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
        assert psutil.wait_procs(workers, timeout=5)[1] == []
    [(count,)] = committed.execute("select count(*) from whatsapp_message").fetchall()
    assert count == 40
