"""A whole day of a provider, in whatever order and however often it comes: the same content."""

from __future__ import annotations

import json
import random
from collections import defaultdict
from pathlib import Path
from typing import Any

import psycopg
import pytest
from fastapi.testclient import TestClient

from onethread.intake.payload import read_payload
from onethread.intake.take import take_files
from onethread.providers import PROVIDERS
from onethread.web import Settings, create_app
from tests.cli.commands import BAILEYS, CLOUD
from tests.conftest import Connection
from tests.content import content
from tests.providers.reading import load_all

BROKEN = "{broken"


def day(provider: str) -> list[str]:
    """Every payload of the provider's fixtures, and what cannot be read."""
    payloads = [json.dumps(payload) for payload in load_all(provider)]
    if provider == "meta_cloud":
        payloads += [json.dumps(payload) for payload in json.loads(CLOUD.read_text("utf-8"))]
    if provider == "baileys":
        payloads += BAILEYS.read_text("utf-8").splitlines()
    return [*payloads, BROKEN]


def reworded(provider: str, payloads: list[str]) -> list[str]:
    """Ids of the messages that come in more than one wording."""
    wordings = defaultdict(set)
    for payload in payloads:
        if payload != BROKEN:
            for message in read_payload(provider, payload).read.messages:
                wordings[message.provider_message_id or ""].add(json.dumps(message.payload))
    return [message_id for message_id, texts in wordings.items() if len(texts) > 1]


class Business:
    """A database with one business, and one way of giving it payloads."""

    def __init__(self, url: str, provider: str, folder: Path, is_served: bool) -> None:
        self._url = url
        self._provider = provider
        self._folder = folder
        self._is_served = is_served
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("insert into business (name, default_region) values ('X', 'IL')")
            connection.execute("insert into business_number values (1, 'phone', '+97237000100')")

    def take(self, payloads: list[str]) -> None:
        """Posts the payloads, or ingests them as files, in this order."""
        if self._is_served:
            with TestClient(
                create_app(self._url, Settings(is_insecure=True)), "http://127.0.0.1"
            ) as client:
                for payload in payloads:
                    answer = client.post(f"/webhooks/{self._provider}/1", content=payload)
                    assert answer.status_code == 200, answer.text
            return
        paths = []
        for number, payload in enumerate(payloads):
            path = self._folder / f"{number}.json"
            path.write_text(payload)
            paths.append(str(path))
        with psycopg.connect(self._url, autocommit=True) as connection:
            take_files(connection, 1, self._provider, paths)

    def content(self, reworded: list[str]) -> dict[str, list[str]]:
        with psycopg.connect(self._url, autocommit=True) as connection:
            assert violations(connection) == []
            return content(connection, reworded)


def violations(connection: Connection) -> list[Any]:
    return connection.execute("select * from thread_integrity").fetchall()


@pytest.mark.parametrize("is_served", [True, False], ids=["serve", "ingest"])
@pytest.mark.parametrize("provider", sorted(PROVIDERS))
def test_content_is_the_same_when_a_day_comes_shuffled_with_duplicates(
    database: str, second_database: str, tmp_path: Path, provider: str, is_served: bool
) -> None:
    payloads = day(provider)
    shuffled = payloads * 3
    random.Random(f"{provider} {is_served}").shuffle(shuffled)

    in_order = Business(database, provider, tmp_path, is_served)
    in_order.take(payloads)
    once = in_order.content(reworded(provider, payloads))
    assert once["messages"] and once["shown"] and once["rejects"]
    is_told = any(read_payload(provider, each).read.evidence for each in payloads if each != BROKEN)
    assert bool(once["evidence"]) == is_told

    at_random = Business(second_database, provider, tmp_path, is_served)
    at_random.take(shuffled)
    assert at_random.content(reworded(provider, payloads)) == once

    in_order.take(shuffled)
    assert in_order.content(reworded(provider, payloads)) == once
