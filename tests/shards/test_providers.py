"""Every provider's samples, posted to `serve` on the cluster and on a server alone."""

from __future__ import annotations

from typing import Any

import psycopg
from fastapi.testclient import TestClient

from onethread.database.business import add_business
from onethread.providers import PROVIDERS
from onethread.shards.rules import read_tables
from onethread.web import Settings, create_app
from onethread.web.keys import WebhookKeys
from tests.conftest import Connection
from tests.providers.reading import load_all
from tests.shards.conftest import SetShards
from tests.shards.running import Running

# Everybody on this machine may send: each provider's own proof is tests/web's to look at.
SETTINGS = Settings(keys=WebhookKeys({}), is_insecure=True)


def post_all(url: str, business_id: int) -> list[tuple[str, int, dict[str, Any]]]:
    """What is answered to each sample."""
    answers = []
    with TestClient(create_app(url, SETTINGS), base_url="http://127.0.0.1") as client:
        for provider in sorted(PROVIDERS):
            for payload in load_all(provider):
                answer = client.post(f"/webhooks/{provider}/{business_id}", json=payload)
                answers.append((provider, answer.status_code, answer.json()))
    return answers


def stored(url: str, business_id: int) -> tuple[list[tuple[Any, ...]], dict[str, int]]:
    """The messages in their order, each with the number of its thread, and how many rows each
    table has."""
    with psycopg.connect(url) as connection:
        messages = connection.execute(
            "select conversation_id, provider, provider_message_id, direction, from_number, "
            "to_number, kind, body, payload from whatsapp_message "
            "where business_id = %s order by id",
            [business_id],
        ).fetchall()
        numbers: dict[int, int] = {}
        numbered = [(numbers.setdefault(row[0], len(numbers)), *row[1:]) for row in messages]
        counts = {
            str(table): connection.execute(
                f"select count(*) from {table} where {table.column} = %s".encode(), [business_id]
            ).fetchall()[0][0]
            for table in read_tables(connection)
        }
    return numbered, counts


def test_samples_become_the_threads_of_a_server_alone(
    running: Running, session: Connection, set_shards: SetShards
) -> None:
    routed = add_business(session, "by the router", "IL", [], "two")
    alone = add_business(session, "alone", "IL", [], "one")
    by_router = post_all(running.router(), routed)
    set_shards()
    assert by_router == post_all(running.shard("one"), alone)
    assert {status for _, status, _ in by_router} == {200}
    messages, counts = stored(running.shard("two"), routed)
    assert (messages, counts) == stored(running.shard("one"), alone)
    assert len(messages) > 150 and counts["public.whatsapp_message_event"] > 50
