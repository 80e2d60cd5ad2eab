"""The demo: a week of a clinic, once, and away again."""

from __future__ import annotations

import re
import threading

import psycopg
import pytest
from fastapi.testclient import TestClient

from onethread.demo import BUSINESS, list_threads, load_demo, reset_demo
from onethread.demo.provider import open_provider, provider_settings
from onethread.demo.week import load_week
from onethread.web import Settings, create_app
from tests.conftest import add_business, insert
from tests.sql.query import scalar


def test_week_is_told_once_and_taken_away(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    demo = load_demo(database)
    with psycopg.connect(database, autocommit=True) as connection:
        other = insert(connection, add_business(connection), "inbound", address="0501234567")
        assert load_week(connection, demo.business_id) > 60
        assert load_week(connection, demo.business_id) == 0
        assert load_demo(database).inserted == 0
        # What the terminal shows is the sample as ever.
        assert len(list_threads(connection, demo.business_id)) == 5
        assert scalar(connection, "select count(*) from thread_integrity") == 0
        kinds = scalar(
            connection,
            "select array_agg(kind order by kind) from onethread.whatsapp_identity_conflict "
            "where settled_at is null",
        )
        assert kinds == ["conflict", "suggestion"]

        server = open_provider()
        threading.Thread(target=server.serve_forever, daemon=True).start()
        for name, value in provider_settings(server).items():
            monkeypatch.setenv(name, value)
        base = f"/inbox/{demo.business_id}"
        app = create_app(database, Settings(is_insecure=True))
        with TestClient(app, base_url="http://127.0.0.1") as client:
            page = client.get(base).text
            assert re.search(r"Unread <span[^>]*>[1-9]", page) and "Reception team" in page
            thread = scalar(
                connection,
                "select conversation_id from whatsapp_message where kind = 'voice'",
            )
            shown = client.get(f"{base}/conversation/{thread}").text
            files = re.findall(r'src="(/inbox/[^"]*/file)"', shown)
            types = {client.get(file).headers["content-type"] for file in files}
            assert types == {"image/png", "audio/wav"}
            assert "appointment reminder" in client.get(f"{base}/new").text
        server.shutdown()
        server.server_close()

        reset_demo(database)
        assert scalar(connection, "select count(*) from business where name = %s", BUSINESS) == 0
        left = "select array_agg(id) from whatsapp_message"
        assert scalar(connection, left) == [other.id]
