"""What people wrote is seen: on the page, by the command line, in JSON, whatever form it has."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from typing import Any

import psycopg
import pytest
from fastapi.testclient import TestClient
from pytest_postgresql import factories
from pytest_postgresql.executors import NoopExecutor

from onethread.intake.take import take_files
from onethread.providers import PROVIDERS
from onethread.web import create_app
from tests import server
from tests.cli.commands import BAILEYS, CLOUD, FIXTURES, CommandLine
from tests.conftest import add_business, insert
from tests.server import cloned, uri_at
from tests.sql.query import add_own_number
from tests.web.conftest import API, SETTINGS

PARTS = (
    ("972521110007", ["How was it: Excellent", "city: Haifa"]),
    ("972521110007", ["3 x HUMMUS-1, 30 ILS each", "Total: 109 ILS"]),
    ("972521110007", ["Cafe Noir", "Ahad HaAm 43, Tel Aviv", "32.0853, 34.7818"]),
    ("972521110007", ["Rina Levi, Levi Ltd: +972 52-111-0008", "Omer: +972521110010"]),
    ("972521110007", ["Does Tuesday suit you?", "- Yes"]),
    ("972521110007", ["131060", "Open the WhatsApp app to see it."]),
    ("972521110007", ["offer.pdf"]),
    ("5511987650077", ["What time?", "- 10h", "- 11h"]),
    ("5511987650077", ["Appointment", "2026-05-28 21:26 UTC", "Bring the papers"]),
    ("5511987650077", ["Do you have 43?", "199.90 BRL"]),
    ("5511987650077", ["exam.pdf"]),
)


def load_fixtures(**where: Any) -> None:
    """The messages of all fixtures, one without text among them."""
    with psycopg.connect(uri_at(where), autocommit=True) as connection:
        add_business(connection)
        add_own_number(connection, 1, "phone", "+97237000100")
        for provider, path in (("meta_cloud", CLOUD), ("baileys", BAILEYS)):
            assert take_files(connection, 1, provider, [str(path)]).messages
        for provider in PROVIDERS:
            files = sorted(map(str, (FIXTURES / provider).glob("*.json")))
            take_files(connection, 1, provider, files)
        insert(connection, 1, "inbound", address="972521110007")


filled_noproc = factories.postgresql_noproc(
    depends_on="postgresql_noproc", dbname=f"filled_{server.RUN}", load=[load_fixtures]
)


@pytest.fixture
def database(filled_noproc: NoopExecutor) -> Iterator[str]:
    """A copy of the database with the messages."""
    with cloned(filled_noproc) as uri:
        yield uri


@pytest.fixture
def filled(onethread: CommandLine) -> CommandLine:
    """The command line on that database."""
    return onethread


@pytest.fixture
def page(filled: CommandLine) -> Iterator[TestClient]:
    """The inbox of that database."""
    settings = replace(SETTINGS, auth_token="inbox-token")
    with TestClient(create_app(filled.url, settings), base_url="http://127.0.0.1:8000") as client:
        client.auth = ("me", "inbox-token")
        yield client


def bubbles(client: TestClient, conversation_id: str) -> list[str]:
    """What is shown in each bubble of a thread, who it is from and its time aside."""
    url = f"/inbox/1/conversation/{conversation_id}/messages?size=500"
    found = client.get(url).text.split('<div class="bubble">')[1:]
    contents = (each.split('<div class="foot">')[0] for each in found)
    shown = (re.sub(r'<p class="by">.*?</p>', "", each) for each in contents)
    return [unescape(re.sub(r"<[^>]*>", "", each)).strip() for each in shown]


def test_no_bubble_is_empty(filled: CommandLine, page: TestClient) -> None:
    conversations = filled("inbox", "--json", "--limit", "500").rows
    assert len(conversations) > 10
    for conversation in conversations:
        shown = bubbles(page, conversation["conversation_id"])
        assert shown and all(shown), conversation


@pytest.mark.parametrize("address", sorted({address for address, _ in PARTS}))
def test_content_is_read_on_the_page_and_by_the_command(
    filled: CommandLine, page: TestClient, address: str
) -> None:
    rows = filled.thread(address)
    printed = filled("thread", address, "--limit", "500").out
    shown = bubbles(page, rows[0]["conversation_id"])
    api = page.get(
        f"/api/v1/thread/{address}?business_id=1&limit=200", headers=API, auth=None
    ).json()
    for parts in (parts for each, parts in PARTS if each == address):
        assert any(all(part in text for part in parts) for text in shown), parts
        assert all(part in printed for part in parts), parts
        for answered in (rows, api["messages"]):
            told = [f"{row['body']} {row['media']}" for row in answered]
            assert any(all(part in text for part in parts) for text in told), parts
    for row in rows:
        if row["kind"] == "text" and not row["body"]:
            assert "[no text]" in printed
            assert any("Message without text" in text for text in shown)


def test_a_link_says_where_it_leads_but_to_a_map(filled: CommandLine, page: TestClient) -> None:
    with psycopg.connect(filled.url) as connection:
        connection.execute(
            "insert into whatsapp_message (business_id, direction, from_number, kind, body, media) "
            "values (1, 'inbound', '0521110001', 'location', "
            "'https://evil.example/ https://maps.google.com/?q=1,2', "
            """'{"map_url": "https://evil.example/"}')"""
        )
    conversations = filled("inbox", "--json", "--limit", "500").rows
    links = [
        link
        for each in conversations
        for link in re.findall(
            r'<a href="(http[^"]*)" target="_blank" rel="noopener noreferrer nofollow">([^<]*)</a>',
            page.get(f"/inbox/1/conversation/{each['conversation_id']}/messages?size=500").text,
        )
    ]
    maps = [target for target, shown in links if shown == "Open the map"]
    assert maps and all(target.startswith("https://maps.google.com/?q=") for target in maps)
    assert "https://maps.google.com/?q=1,2" not in maps
    assert all(target == shown for target, shown in links if shown != "Open the map")
    assert ("https://evil.example/", "https://evil.example/") in links
