"""The inbox over HTTP, served by the application's own role, with another tenant's keys in it."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient
from psycopg.conninfo import make_conninfo

from onethread.web import Settings, create_app
from tests.security.arena import BAIT, Arena, Knowledge, fill

READS = [
    "/inbox/{own}/conversation/{conversation}",
    "/inbox/{own}/conversation/{conversation}/thread",
    "/inbox/{own}/conversation/{conversation}/messages",
    "/inbox/{own}/conversation/{conversation}/merge",
    "/inbox/{own}/conversation/{mine}/merge?other={conversation}",
    "/inbox/{own}/conversation/{mine}/merge?q=tomorrow",
    "/inbox/{own}/merge/{merge}/undo",
    "/inbox/{own}/message/{message}",
    "/inbox/{own}/lines?q=%2B{digits}",
    "/inbox/{own}/lines?q=s3",
    "/inbox/{own}/lines?open_id={conversation}",
    "/inbox/{own}?q=business+{business}",
    "/api/v1/thread/{digits}?business_id={own}",
    "/api/v1/thread/lead:{business}:{lead}?business_id={own}",
    "/api/v1/thread/phone:{business}:{phone}?business_id={own}",
]

WRITES: list[tuple[str, dict[str, str]]] = [
    ("/inbox/{own}/conversation/{conversation}/read", {"message_id": "{message}"}),
    ("/inbox/{own}/conversation/{conversation}/reply", {"body": "x", "key": "12345678"}),
    ("/inbox/{own}/conversation/{conversation}/merge", {"other": "{other_conversation}"}),
    ("/inbox/{own}/conversation/{mine}/merge", {"other": "{conversation}"}),
    ("/inbox/{own}/merge/{merge}/undo", {}),
    ("/inbox/{own}/conflicts/different", {"first": "{conversation}", "second": "{mine}"}),
    ("/inbox/{own}/conflicts/different", {"first": "{mine}", "second": "{conversation}"}),
]


@pytest.fixture
def client(arena: Arena) -> Iterator[TestClient]:
    """A signed-in user of the attacker's inbox."""
    url = make_conninfo(arena.uri, user=arena.logins["app"])
    settings = Settings(is_insecure=True, pool_size=1)
    with TestClient(
        create_app(url, settings), base_url="http://127.0.0.1:8000", follow_redirects=False
    ) as client:
        client.headers["Sec-Fetch-Site"] = "same-origin"
        yield client


def knowledge(arena: Arena, keys: Knowledge) -> Knowledge:
    return {
        **keys,
        "mine": arena.own["conversation"],
        "digits": str(keys["phone"]).removeprefix("+"),
    }


def ask(
    arena: Arena, client: TestClient, keys: Knowledge, path: str, form: dict[str, str] | None
) -> str:
    """Status and text of the answer, without the keys that were asked with."""
    arena.attempts += 1
    known = knowledge(arena, keys)
    if form is None:
        answer = client.get(fill(path, known))
    else:
        data = {name: fill(value, known) for name, value in form.items()}
        answer = client.post(fill(path, known), data=data)
    assert BAIT not in answer.text and BAIT not in str(answer.headers), f"LEAK: {path}"
    assert answer.status_code < 500, answer.text
    text = f"{answer.status_code} {answer.headers.get('location')} {answer.text}"
    text = re.sub(r'name="key" value="[0-9a-f]+"', "key", text)
    # A snapshot of the whole server, on which other tests are writing.
    text = re.sub(r'data-position="[0-9:,]+"', "position", text)
    for name, value in known.items():
        text = re.sub(rf"(?<!\d){re.escape(str(value).removesuffix('@lid'))}(?!\d)", name, text)
    return text


@pytest.mark.parametrize("path", READS)
def test_page_is_as_of_nobody_when_a_key_is_anothers(
    arena: Arena, client: TestClient, path: str
) -> None:
    true = ask(arena, client, arena.true, path, None)
    assert true == ask(arena, client, arena.void, path, None)


@pytest.mark.parametrize(("path", "form"), WRITES)
def test_form_is_refused_as_of_nobody_when_a_key_is_anothers(
    arena: Arena, client: TestClient, path: str, form: dict[str, str]
) -> None:
    true = ask(arena, client, arena.true, path, form)
    assert true == ask(arena, client, arena.void, path, form)
    assert true.startswith(("404", "409"))


@pytest.mark.parametrize("path", [path for path in READS if "{own}/" in path])
def test_page_is_there_when_the_keys_are_ones_own(
    arena: Arena, client: TestClient, path: str
) -> None:
    assert ask(arena, client, arena.own, path, None).startswith("200")
