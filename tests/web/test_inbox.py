"""The inbox over HTTP: who gets in, what is escaped, what the forms do."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from onethread.schema.text_index import create_text_index
from onethread.web import Settings, create_app
from tests.conftest import Connection, add_business, insert
from tests.sql.merge.test_two_people import CONFLICTS
from tests.sql.query import scalar
from tests.sql.story import Story
from tests.web.conftest import API, SETTINGS

TOKEN = "inbox-token"
ORIGIN = {"Origin": "http://127.0.0.1:8000", "Host": "127.0.0.1:8000"}
XSS = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>{{7*7}}"
PHONE = "+972501234567"


def client_with(database: str, settings: Settings, auth: Any = None) -> TestClient:
    client = TestClient(
        create_app(database, settings), base_url="http://127.0.0.1:8000", follow_redirects=False
    )
    client.auth = auth
    return client


@pytest.fixture
def inbox(database: str, committed: Connection) -> Iterator[TestClient]:
    """A signed-in client; its posts come from a page of the server."""
    settings = replace(SETTINGS, auth_token=TOKEN)
    with client_with(database, settings, ("me", TOKEN)) as client:
        client.headers["Sec-Fetch-Site"] = "same-origin"
        yield client


def test_nobody_gets_in_when_the_token_is_missing_or_wrong(
    database: str, committed: Connection
) -> None:
    with client_with(database, replace(SETTINGS, auth_token=TOKEN)) as client:
        for auth in (None, ("me", "wrong"), ("me", "")):
            for path in ("/inbox/1", "/inbox/1/events", "/inbox/static/inbox.js"):
                answer = client.get(path, auth=auth)
                assert (answer.status_code, answer.headers["www-authenticate"][:5]) == (
                    401,
                    "Basic",
                )
        assert client.get("/inbox/1", auth=("me", TOKEN)).status_code == 200
    with client_with(database, SETTINGS) as client:
        assert client.get("/inbox/1").status_code == 403
        assert "--auth-token" in client.get("/inbox/1").text


def test_proxys_user_gets_in_when_its_header_is_trusted(
    database: str, committed: Connection
) -> None:
    with client_with(database, replace(SETTINGS, trusted_header="X-User")) as client:
        assert client.get("/inbox/1").status_code == 401
        assert client.get("/inbox/1", headers={"X-User": ""}).status_code == 401
        assert client.get("/inbox/1", headers={"X-User": "dana"}).status_code == 200


def test_only_own_names_get_in_when_there_is_no_secret(
    database: str, committed: Connection
) -> None:
    with client_with(database, replace(SETTINGS, is_insecure=True)) as client:
        for host, status in (
            ("127.0.0.1:8000", 200), ("localhost", 200), ("[::1]:8000", 200),
            ("evil.example", 401), ("127.0.0.1.evil.example", 401), ("", 401),
            ("[", 401), ("[::1", 401),
        ):  # fmt: skip
            assert client.get("/inbox/1", headers={"Host": host}).status_code == status, host


def test_number_stands_beside_a_name(inbox: TestClient, committed: Connection) -> None:
    """Two people call themselves the same; one as somebody else's number; one as nothing."""
    group = "120363000000000001@g.us"
    for digits, name in (("1", "Dana (CFO)"), ("2", "Dana (CFO)"), ("3", PHONE), ("4", "\u3164")):
        phone = f"+97250111111{digits}"
        insert(committed, 1, "inbound", address=phone, sender_name=name)
        insert(committed, 1, "inbound", address=group, participant=phone, sender_name=name)
    lines = inbox.get("/inbox/1").text
    for digits in "1234":
        phone = f"+97250111111{digits}"
        assert phone in lines
        path = f"/inbox/1/conversation/{digits if digits == '1' else int(digits) + 1}"
        head = re.search("<h1>.*?</h1>", inbox.get(path).text, re.S)
        assert head and phone in head[0], path
        assert phone in inbox.get("/inbox/1/conversation/2").text.split('id="messages"')[1]
    reports = inbox.get("/inbox/1/reports").text
    assert all(f"+97250111111{digits}" in reports for digits in "1234")


def test_what_cannot_be_seen_is_not_in_a_page(inbox: TestClient, committed: Connection) -> None:
    for body in ("pay \u202e0001\u202c now", "\u3164\u200b", "שלום\u200f!", "a\u2066b\u2069"):
        insert(committed, 1, "inbound", address=PHONE, body=body, sender_name="\u202eanaD\u3164")
    page = inbox.get("/inbox/1/conversation/1").text
    assert not re.search("[\u200b\u202a-\u202e\u2066-\u2069\u3164]", page)
    for shown in ("pay 0001 now", "U+3164 U+200B", "שלום\u200f!", ">ab<"):
        assert shown in page, shown


def test_reactions_are_counted(inbox: TestClient, committed: Connection) -> None:
    group = "120363000000000001@g.us"
    insert(committed, 1, "inbound", address=group, participant=PHONE, provider_message_id="m1")
    committed.execute(
        "insert into whatsapp_message_event "
        "(business_id, kind, provider, provider_message_id, address, actor, body) "
        "select 1, 'reaction', 'test', 'm1', %s, (100000000000000 + n)::text || '@lid', "
        "case when n <= 300 then '👍' else chr(128512 + n %% 20) end "
        "from generate_series(1, 320) n",
        [group],
    )
    page = inbox.get("/inbox/1/conversation/1").text
    [reactions] = re.findall('<p class="reactions">.*?</p>', page)
    assert "👍 300<" in reactions and "+13<" in reactions
    assert len(reactions) < 2000


def test_root_leads_to_the_inbox(inbox: TestClient, committed: Connection) -> None:
    inbox.follow_redirects = True
    for path in ("/", "/inbox", "/inbox/"):
        assert inbox.get(path).url.path == "/inbox/1", path
    other = add_business(committed, "Rival & <b>sons</b>")
    for path in ("/", "/inbox"):
        answer = inbox.get(path)
        assert answer.url.path == "/inbox/"
        assert 'href="/inbox/1"' in answer.text and f'href="/inbox/{other}"' in answer.text
        assert "Rival &amp; &lt;b&gt;" in answer.text
    committed.execute("delete from business")
    answer = inbox.get("/")
    assert answer.status_code == 200 and "onethread business add" in answer.text


def test_list_of_inboxes_is_for_those_who_are_signed_in(
    database: str, committed: Connection
) -> None:
    with client_with(database, replace(SETTINGS, auth_token=TOKEN)) as client:
        client.follow_redirects = True
        assert client.get("/").status_code == client.get("/inbox").status_code == 401
        assert client.get("/redoc").status_code == 404


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, 303),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "cross-site"} | ORIGIN, 403),
        (ORIGIN, 303),
        (ORIGIN | {"Origin": "http://evil.example"}, 403),
        (ORIGIN | {"Origin": "null"}, 403),
        (ORIGIN | {"Origin": "http://["}, 403),
        ({"Origin": "null", "Host": ""}, 403),
        ({}, 403),
    ],
)
def test_form_is_refused_when_another_site_sends_it(
    database: str, committed: Connection, headers: dict[str, str], status: int
) -> None:
    message = insert(committed, 1, "inbound", address=PHONE)
    path = f"/inbox/1/conversation/{message.conversation_id}/read"
    with client_with(database, replace(SETTINGS, auth_token=TOKEN), ("me", TOKEN)) as client:
        answer = client.post(path, data={"message_id": message.id}, headers=headers)
        assert answer.status_code == status
    assert scalar(committed, "select count(*) from onethread.conversation_read") == (status == 303)


def test_nothing_inline_runs_when_a_page_is_shown(inbox: TestClient, committed: Connection) -> None:
    message = fill_with_xss(committed)
    for path in (
        "", f"/conversation/{message.conversation_id}", f"/message/{message.id}", "/reports",
        "/conflicts", f"/conversation/{message.conversation_id}/merge?q=%3Cscript%3E", "/lines",
        f"/conversation/{message.conversation_id}/messages", "?q=%3Cscript%3Ealert(1)",
    ):  # fmt: skip
        answer = inbox.get(f"/inbox/1{path}")
        assert answer.status_code == 200
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy and "unsafe" not in policy
        assert "<script>" not in answer.text
        assert "<img" not in answer.text
        assert not re.search(r"<[^>]* (on\w+|style)=", answer.text)
        assert "{{7*7}}" in answer.text or "49" not in answer.text.replace(f"{message.id}", "")


def fill_with_xss(connection: Connection) -> Any:
    """Puts markup wherever a stranger can put text."""
    connection.execute("update business set name = %s", [XSS])
    message = insert(
        connection, 1, "inbound", address=PHONE, body=XSS, sender_name=XSS, source=XSS,
        kind=XSS, provider_message_id="m1", media=f'{{"filename": "{XSS[:25]}"}}',
    )  # fmt: skip
    insert(connection, 1, "outbound", address=PHONE, body=XSS, source=XSS, reply_to="m1",
           provider_message_id="m2")  # fmt: skip
    for kind, body in (("reaction", XSS), ("edited", XSS + "2")):
        connection.execute(
            "insert into whatsapp_message_event "
            "(business_id, kind, provider_message_id, address, body) values (1, %s, 'm1', %s, %s)",
            [kind, PHONE, body],
        )
    connection.execute(
        "insert into whatsapp_message_event (business_id, kind, provider_message_id, body, "
        "is_from_business) values (1, 'failed', 'm2', %s, true)",
        [XSS],
    )
    insert(connection, 1, "inbound", address="1-1@g.us", participant=XSS, body=XSS)
    return message


def test_text_stays_and_is_marked_when_another_member_of_the_group_deletes_it(
    committed: Connection, inbox: TestClient
) -> None:
    group, member = "120363000000000001@g.us", "876019134910105@lid"
    message = insert(
        committed, 1, "inbound", address=group, participant=PHONE, body="my IBAN",
        provider_message_id="m1",
    )  # fmt: skip
    committed.execute(
        "insert into whatsapp_message_event "
        "(business_id, kind, provider_message_id, address, actor) "
        "values (1, 'revoked', 'm1', %s, %s)",
        [group, member],
    )
    page = inbox.get(f"/inbox/1/conversation/{message.conversation_id}").text
    assert f"Deleted by <bdi>{member}</bdi>" in page
    assert "my IBAN" in page
    path = f"/api/v1/thread/{group}?business_id=1"
    answer = inbox.get(path, headers=API, auth=None)
    [shown] = answer.json()["messages"]
    assert (shown["body"], shown["deleted_by"], shown["revoked_at"]) == ("my IBAN", member, None)


def test_answer_is_404_when_it_is_another_tenants(inbox: TestClient, committed: Connection) -> None:
    other = add_business(committed, "Other")
    message = insert(committed, other, "inbound", address=PHONE, body="secret")
    mine = insert(committed, 1, "inbound", address="0507654321", body="mine")
    theirs = message.conversation_id
    for path in (
        f"conversation/{theirs}", f"conversation/{theirs}/messages",
        f"conversation/{theirs}/thread", f"conversation/{theirs}/merge", f"message/{message.id}",
        f"conversation/{mine.conversation_id}/merge?other={theirs}", "merge/1/undo",
        f"conversation/{2**70}", f"message/{2**70}", f"merge/{2**70}/undo",
    ):  # fmt: skip
        answer = inbox.get(f"/inbox/1/{path}")
        assert (answer.status_code, "secret" in answer.text) == (404, False), path
    for path, data in (
        (f"conversation/{theirs}/read", {"message_id": message.id}),
        (f"conversation/{theirs}/reply", {"body": "x", "key": "12345678"}),
        (f"conversation/{theirs}/merge", {"other": mine.conversation_id}),
        (f"conversation/{mine.conversation_id}/merge", {"other": theirs}),
        ("conflicts/different", {"first": mine.conversation_id, "second": theirs}),
        ("conflicts/accept", {"suggestion": 1}),
        ("merge/1/undo", {}),
    ):
        assert inbox.post(f"/inbox/1/{path}", data=data).status_code in (404, 409), path
    assert scalar(committed, "select count(*) from whatsapp_message") == 2
    for business_id in (77, 2**70):
        assert inbox.get(f"/inbox/{business_id}").status_code == 404
    assert "secret" not in inbox.get("/inbox/1/lines?q=secret").text
    assert "secret" in inbox.get(f"/inbox/{other}/lines?q=secret").text


def test_answer_is_queued_once_when_it_is_posted_twice(
    inbox: TestClient, committed: Connection
) -> None:
    asked = insert(committed, 1, "inbound", from_number="972501234567", to_number="97237000100",
                   provider="meta_cloud")  # fmt: skip
    path = f"/inbox/1/conversation/{asked.conversation_id}/reply"
    for _ in range(2):
        answer = inbox.post(path, data={"body": " Hello! ", "key": "0123456789abcdef"})
        assert answer.status_code == 303
        assert answer.headers["location"] == f"/inbox/1/conversation/{asked.conversation_id}"
    row = committed.execute(
        "select conversation_id, direction, source, status, from_number, to_number, provider, body "
        "from whatsapp_message where direction = 'outbound'"
    ).fetchall()
    assert row == [
        (asked.conversation_id, "outbound", "agent", "queued", "97237000100", "972501234567",
         "meta_cloud", "Hello!")
    ]  # fmt: skip
    page = inbox.get(f"/inbox/1/conversation/{asked.conversation_id}").text
    assert "Waiting to be sent" in page


def test_answer_is_queued_once_when_it_is_posted_again_after_a_join(
    inbox: TestClient, committed: Connection
) -> None:
    """The page still has the id that it was opened with."""
    first = insert(committed, 1, "inbound", address=PHONE).conversation_id
    page = insert(committed, 1, "inbound", address="+972502222222").conversation_id
    join = "select onethread.merge_conversations(1, %s, %s, null)"
    for _ in range(2):
        answer = inbox.post(
            f"/inbox/1/conversation/{page}/reply", data={"body": "Hi", "key": "0123456789abcdef"}
        )
        assert answer.status_code == 303
        committed.execute(join, [first, page])
        join = "select %s, %s"
    [(row,)] = committed.execute(
        "select conversation_id from whatsapp_message where status = 'queued'"
    ).fetchall()
    assert row == first


@pytest.mark.parametrize(
    ("body", "key"),
    [("", "12345678"), (" \n", "12345678"), ("x" * 4097, "12345678"), ("x", "1"), ("x", "")],
)
def test_answer_is_refused_when_it_is_empty_or_too_long(
    inbox: TestClient, committed: Connection, body: str, key: str
) -> None:
    asked = insert(committed, 1, "inbound", address=PHONE)
    path = f"/inbox/1/conversation/{asked.conversation_id}/reply"
    assert inbox.post(path, data={"body": body, "key": key}).status_code == 422


def test_merge_is_previewed_done_and_undone_when_asked(
    inbox: TestClient, committed: Connection
) -> None:
    one = insert(committed, 1, "inbound", address=PHONE, sender_name="Dana", body="my tooth")
    two = insert(committed, 1, "inbound", address="111111111111111@lid", sender_name="Dana again",
                 body="thanks")  # fmt: skip
    path = f"/inbox/1/conversation/{one.conversation_id}"
    choices = inbox.get(f"{path}/merge?q=dana").text
    assert f"other={two.conversation_id}" in choices
    assert f"other={one.conversation_id}" not in choices
    preview = inbox.get(f"{path}/merge?other={two.conversation_id}").text
    assert "111111111111111@lid" in preview
    # What both wrote last is there, and the direction can be turned.
    assert "my tooth" in preview and "thanks" in preview
    turned = f"/inbox/1/conversation/{two.conversation_id}/merge?other={one.conversation_id}"
    assert turned in preview
    assert f'action="/inbox/1/conversation/{two.conversation_id}/merge"' in inbox.get(turned).text
    data = {"other": two.conversation_id, "reason": "same voice"}
    assert inbox.post(f"{path}/merge", data=data).status_code == 303
    page = inbox.get(path).text
    assert "Joined: Dana again 111111111111111@lid" in page and "same voice (an agent)" in page
    # The old id leads on.
    assert inbox.get(f"/inbox/1/conversation/{two.conversation_id}").status_code == 200
    assert "one conversation already" in inbox.get(f"{path}/merge?other={two.conversation_id}").text
    undo = re.search(r"/inbox/1/merge/\d+/undo", page)
    assert undo is not None
    asked = inbox.get(undo[0]).text
    assert "Dana again" in asked and "111111111111111@lid" in asked
    assert inbox.post(undo[0]).headers["location"] == path
    page = inbox.get(path).text
    assert "Parted again" in page and "Joined" not in page
    assert inbox.post(undo[0]).status_code == 404
    refused = inbox.get(f"{path}/merge?other={two.conversation_id}").text
    assert "This cannot be done" in refused
    assert inbox.post(f"{path}/merge", data=data).status_code == 409


def test_conflict_is_listed_and_settled_when_they_are_two_people(
    inbox: TestClient, committed: Connection
) -> None:
    """The page says who is meant, what was answered, and takes it back."""
    for lid, name in (("111111111111111@lid", "Moshe Old"), ("222222222222222@lid", "Galit New")):
        insert(committed, 1, "inbound", address=lid, contact_aliases=[PHONE], sender_name=name,
               body=f"from {name}")  # fmt: skip
    page = inbox.get("/inbox/1/conflicts").text
    said = " ".join(re.sub(r"<[^>]+>", "", page).split())
    assert f"Has {PHONE} a new owner?" in said
    assert re.search(rf"The number {re.escape(PHONE)} was Moshe Old's. Since .* Galit New", said)
    assert "from Moshe Old" in said and "from Galit New" in said
    forms = dict(re.findall(r'name="(first|second)" value="(\d+)"', page))
    assert set(forms) == {"first", "second"}
    thread = f"/inbox/1/conversation/{forms['first']}"
    assert "Is it the same person?" in inbox.get(thread).text
    assert inbox.post("/inbox/1/conflicts/different", data=forms).status_code == 303
    page = inbox.get("/inbox/1/conflicts").text
    assert "No open question" in page and "are kept apart" in page
    # What is settled leaves the thread.
    assert "Is it the same person?" not in inbox.get(thread).text
    assert inbox.post("/inbox/1/conflicts/ask-again", data=forms).status_code == 303
    page = inbox.get("/inbox/1/conflicts").text
    assert "Moshe Old" in page and "are kept apart" not in page
    assert "Is it the same person?" in inbox.get(thread).text
    assert inbox.post("/inbox/1/conflicts/ask-again", data=forms).status_code == 404


def test_why_a_message_is_here_is_said_in_a_sentence(
    inbox: TestClient, committed: Connection
) -> None:
    message = insert(committed, 1, "inbound", address=PHONE, sender_name="Dana",
                     contact_aliases=["111111111111111@lid"], provider="baileys")  # fmt: skip
    page = inbox.get(f"/inbox/1/message/{message.id}").text
    said = " ".join(re.sub(r"<[^>]+>", "", page).split())
    assert f"It came from {PHONE} on" in said
    assert "That is one of the 2 numbers and accounts of Dana." in said
    assert "How that is known: baileys said so" in said
    lost = insert(committed, 1, "inbound", address="nobody at all")
    assert "Nobody is known by that address" in inbox.get(f"/inbox/1/message/{lost.id}").text


def test_suggestion_is_joined_by_its_button_and_parted_again(
    inbox: TestClient, committed: Connection
) -> None:
    story = Story(committed, 1)
    lid, phone = story.message("111111111111111@lid"), story.message("+972501230001")
    story.claim("111111111111111@lid", "+972501230001")
    page = inbox.get("/inbox/1/conflicts").text
    assert "may have made it up" in page
    assert "accept-all" not in page
    found = re.search(r'name="suggestion" value="(\d+)"', page)
    assert found is not None
    answer = inbox.post("/inbox/1/conflicts/accept", data={"suggestion": found[1]})
    path = f"/inbox/1/conversation/{story.conversation_of(lid)}"
    assert (answer.status_code, answer.headers["location"]) == (303, path)
    assert story.threads(lid, phone) == [0, 0]
    undo = re.search(r"/inbox/1/merge/\d+/undo", inbox.get(path).text)
    assert undo is not None
    assert inbox.post(undo[0]).status_code == 303
    assert story.threads(lid, phone) == [0, 1]
    assert "No open question" in inbox.get("/inbox/1/conflicts").text
    again = inbox.post("/inbox/1/conflicts/accept", data={"suggestion": found[1]})
    assert (again.status_code, "no open suggestion" in again.text) == (404, True)


def test_suggestions_of_a_source_are_joined_at_once_but_where_a_human_must_choose(
    inbox: TestClient, committed: Connection
) -> None:
    story = Story(committed, 1)
    pairs = [(f"11111111111111{n}@lid", f"+97250123000{n}") for n in range(3)]
    threads = [story.message(address, 1) for pair in pairs for address in pair]
    other = story.message("+972501230009", 1)
    for lid, phone in (*pairs, (pairs[2][0], "+972501230009")):
        story.claim(lid, phone, 2)
    page = inbox.get("/inbox/1/conflicts").text
    assert "Join all 2 suggestions of <bdi>test</bdi>" in page
    assert inbox.post("/inbox/1/conflicts/accept-all", data={"source": "else"}).status_code == 303
    assert len(story.conflicts()) == 4
    assert inbox.post("/inbox/1/conflicts/accept-all", data={"source": "test"}).status_code == 303
    assert story.threads(*threads, other) == [0, 0, 2, 2, 4, 5, 6]
    assert len(story.conflicts()) == 2


@pytest.mark.parametrize("conflict", CONFLICTS)
def test_no_message_moves_when_the_button_says_that_they_are_two_people(
    inbox: TestClient, committed: Connection, conflict: str
) -> None:
    story = Story(committed, 1)
    ids = CONFLICTS[conflict](story)
    threads = story.threads(*ids)
    page = inbox.get("/inbox/1/conflicts").text
    forms = dict(re.findall(r'name="(first|second)" value="(\d+)"', page))
    answer = inbox.post("/inbox/1/conflicts/different", data=forms)
    assert (answer.status_code, answer.headers["location"]) == (303, "/inbox/1/conflicts#answers")
    assert "No open question" in inbox.get("/inbox/1/conflicts").text
    assert story.threads(*ids) == threads
    assert story.conflicts() == []
    # It is asked again when that is taken back, and answered again.
    assert inbox.post("/inbox/1/conflicts/ask-again", data=forms).status_code == 303
    assert story.threads(*ids) == threads and len(story.conflicts()) > 0
    assert inbox.post("/inbox/1/conflicts/different", data=forms).status_code == 303
    assert story.conflicts() == []


def test_page_says_why_when_nobody_can_say_that_they_are_two_people(
    inbox: TestClient, committed: Connection
) -> None:
    person = insert(committed, 1, "inbound", address=PHONE)
    group = insert(
        committed, 1, "inbound", address="120363000000000001@g.us", participant="1111111111@lid"
    )
    forms = {"first": person.conversation_id, "second": group.conversation_id}
    answer = inbox.post("/inbox/1/conflicts/different", data=forms)
    assert answer.status_code == 409
    assert "is a group, which is never joined with anybody" in answer.text


def test_pages_are_whole_when_they_are_followed_to_the_end(
    inbox: TestClient, committed: Connection
) -> None:
    committed.execute(
        "insert into whatsapp_message (business_id, direction, from_number, body, sent_at) "
        "select 1, 'inbound', '+97250' || 1000000 + i % 120, 'no ' || i, "
        "'2026-01-01'::timestamptz + i * interval '1 min' from generate_series(1, 480) i"
    )
    insert_many = (
        "select 1, 'outbound', '+972501000000', 'out ' || i from generate_series(1, 130) i"
    )
    committed.execute(
        f"insert into whatsapp_message (business_id, direction, to_number, body) {insert_many}"
    )
    ids = follow_pages(inbox, "/inbox/1/lines", r'data-id="(\d+)"')
    assert len(ids) == len(set(ids)) == 120
    conversation = scalar(committed, "select onethread.find_conversation(1, '+972501000000')")
    path = f"/inbox/1/conversation/{conversation}/messages"
    messages = follow_pages(inbox, path, r'id="m(\d+)"')
    assert len(messages) == len(set(messages)) == 134


def follow_pages(client: TestClient, path: str, pattern: str) -> list[str]:
    found: list[str] = []
    next_path: str | None = path
    while next_path:
        text = client.get(next_path.replace("&amp;", "&")).text
        found += re.findall(pattern, text)
        more = re.search(r'data-more="([^"]+)"', text)
        next_path = more[1] if more else None
    return found


def test_each_note_is_on_one_page_when_it_falls_between_two(
    inbox: TestClient, committed: Connection
) -> None:
    """Also one of the very moment of the last message of a page, and of the first of the next."""
    for minute in range(1, 7):
        insert(committed, 1, "inbound", address=PHONE, body=f"no {minute}", sent_at=at(minute))
    thread = scalar(committed, "select onethread.find_conversation(1, %s)", PHONE)
    # A page has two messages: 6 and 5, 4 and 3, 2 and 1.
    times = (0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4, 4.5, 5, 5.5, 6, 6.5)
    for number, minute in enumerate(times):
        other = insert(committed, 1, "inbound", address=f"1111111111111{number:02}@lid",
                       sent_at=at(0)).conversation_id  # fmt: skip
        committed.execute(
            "select onethread.merge_conversations(1, %s, %s, %s)", [thread, other, f"<{minute}>"]
        )
        committed.execute(
            "update onethread.whatsapp_conversation_merge set merged_at = %s where reason = %s",
            [at(minute), f"<{minute}>"],
        )

    pages, before = [], ""
    while before is not None and len(pages) < 20:
        text = inbox.get(f"/inbox/1/conversation/{thread}/messages?size=2{before}").text
        pages.append(re.findall(r"&lt;([\d.]+)&gt;", text))
        for minute in set(pages[-1]) & set(re.findall(r"no (\d)", text)):
            assert text.index(f"&lt;{minute}&gt;") < text.index(f"no {minute}")
        more = re.search(r"before=[^\"&]+", text)
        before = f"&{more[0]}" if more else None
    assert pages[:3] == [
        ["5", "5.5", "6", "6.5"],
        ["3", "3.5", "4", "4.5"],
        ["1", "1.5", "2", "2.5"],
    ]
    assert [note for page in pages[3:] for note in page] == ["0.5"]


@pytest.mark.parametrize("number", [2**63 - 1, 2**63, 10**30])
def test_status_is_404_when_no_bigint_is_that_large(inbox: TestClient, number: int) -> None:
    for path in (f"conversation/{number}", f"merge/{number}/undo"):
        assert inbox.get(f"/inbox/1/{path}").status_code == 404


def at(minute: float) -> datetime:
    return datetime(2026, 1, 5, 12, tzinfo=UTC) + timedelta(minutes=minute)


def test_messages_of_one_second_are_shown_in_the_order_they_came(
    inbox: TestClient, committed: Connection
) -> None:
    for body in ("first", "second", "third"):
        row = insert(committed, 1, "inbound", address=PHONE, body=body, sent_at=at(0))
    page = inbox.get(f"/inbox/1/conversation/{row.conversation_id}/messages").text
    assert re.findall("first|second|third", page) == ["first", "second", "third"]


def test_page_says_how_far_it_searched_when_there_is_no_index(
    inbox: TestClient, committed: Connection
) -> None:
    message = insert(committed, 1, "inbound", address=PHONE, body="appointment")
    paths = [
        f"/inbox/1{path}?q={word}"
        for path in ("", f"/conversation/{message.conversation_id}/merge")
        for word in ("appointment", "nothing")
    ]
    hint = "the newest 10,000 messages are searched"
    for path in paths:
        assert hint in inbox.get(path).text
    create_text_index(committed)
    for path in paths:
        assert hint not in inbox.get(path).text


def test_page_is_shown_when_a_time_is_infinite(inbox: TestClient, committed: Connection) -> None:
    message = insert(committed, 1, "inbound", address=PHONE)
    for time in ("infinity", "-infinity"):
        committed.execute("update whatsapp_message set sent_at = %s", [time])
        for path in ("", f"/conversation/{message.conversation_id}", "/reports"):
            assert inbox.get(f"/inbox/1{path}").status_code == 200


def test_status_is_400_when_a_cursor_is_wrong(inbox: TestClient, committed: Connection) -> None:
    message = insert(committed, 1, "inbound", address=PHONE)
    for path in ("/lines", f"/conversation/{message.conversation_id}/messages"):
        for cursor in ("bla", "1/1%00"):
            answer = inbox.get(f"/inbox/1{path}?before={cursor}")
            assert answer.status_code == 400, answer.text


def test_line_is_the_same_when_it_is_asked_for_alone(
    inbox: TestClient, committed: Connection
) -> None:
    """So that a page with many lines reads what changed, and not all of it."""
    ids = [
        insert(committed, 1, "inbound", address=f"05011111{n:02}", body=f"text {n}").conversation_id
        for n in range(4)
    ]
    insert(committed, 1, "outbound", address="0501111100", body="tomorrow", status="queued",
           send_after="2100-01-01 00:00+00")  # fmt: skip
    whole = re.findall(r"<li>.*?</li>", inbox.get("/inbox/1/lines").text, re.DOTALL)
    some = inbox.get(f"/inbox/1/lines?ids={ids[3]},{ids[0]},{10**18},{10**30},x").text
    assert re.findall(r"<li>.*?</li>", some, re.DOTALL) == [whole[0], whole[3]]
    committed.execute("select onethread.mark_read(1, %s, (select max(id) from whatsapp_message "
                      "where conversation_id = %s))", [ids[0], ids[0]])  # fmt: skip
    some = inbox.get(f"/inbox/1/lines?show=unread&ids={ids[3]},{ids[0]}").text
    assert re.findall(r"<li>.*?</li>", some, re.DOTALL) == [whole[0]]
    committed.execute("select onethread.merge_conversations(1, %s, %s, 'test')", [ids[1], ids[2]])
    assert f'data-absorbed="{ids[2]}"' in inbox.get(f"/inbox/1/lines?ids={ids[1]}").text


def test_report_tells_who_is_new_what_failed_and_the_days_before(
    inbox: TestClient, committed: Connection
) -> None:
    now = datetime.now(UTC)
    for phone, days in ((PHONE, 40), (PHONE, 10), (PHONE, 9), ("+972547654321", 5)):
        insert(committed, 1, "inbound", address=phone, sent_at=now - timedelta(days=days))
    for number, (status, days) in enumerate(
        (("sent", 4), ("failed", 3), ("sent", 2), ("sent", 40))
    ):
        insert(committed, 1, "outbound", address=PHONE, provider_message_id=f"m{number}",
               status=status, sent_at=now - timedelta(days=days))  # fmt: skip
    for number, kind in ((0, "failed"), (2, "failed"), (2, "delivered"), (3, "failed")):
        committed.execute(
            "insert into whatsapp_message_event (business_id, kind, provider_message_id, address, "
            "is_from_business) values (1, %s, %s, %s, true)",
            [kind, f"m{number}", PHONE],
        )
    page = inbox.get("/inbox/1/reports?days=30").text
    assert "<strong>2</strong> people and groups wrote, 1 of them for the first time" in page
    assert "1 in the 30 days before" in page and "1 received in the 30 days before" in page
    assert "<strong>2</strong> of the messages sent were not delivered" in page
