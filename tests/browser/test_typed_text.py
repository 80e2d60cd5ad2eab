"""Nothing that somebody typed is lost, whatever becomes of the page, the server or the sign-in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.browser.conftest import TOKEN
from tests.browser.test_inbox_page import LID, PHONE, lines, open_inbox
from tests.conftest import Connection, insert
from tests.faults.load import wait_until
from tests.sql.query import scalar
from tests.web.conftest import SETTINGS
from tests.web.running import serving

TAKEN = "select array_agg(body order by id) from whatsapp_message where direction = 'outbound'"


@pytest.fixture
def page(signed_in: Any) -> Iterator[Page]:
    """A page that may see requests fail."""
    page = signed_in(viewport={"width": 1200, "height": 800}).new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    assert errors == []


def box(page: Page) -> Any:
    return page.get_by_label("Answer", exact=True)


def test_draft_is_kept_for_its_conversation(page: Page, committed: Connection) -> None:
    one = insert(committed, 1, "inbound", address=PHONE, body="one").conversation_id
    two = insert(committed, 1, "inbound", address=LID, body="two").conversation_id
    open_inbox(page)
    lines(page).filter(has_text="one").click()
    box(page).fill("to the first")
    lines(page).filter(has_text="two").click()
    expect(box(page)).to_have_value("")
    box(page).fill("to the second")
    expect(page.locator(".draft")).to_have_text("Draft: to the first")
    for _ in range(2):
        page.keyboard.press("Escape")
    expect(page.locator(".draft")).to_have_count(2)
    lines(page).filter(has_text="to the first").click()
    expect(box(page)).to_have_value("to the first")
    page.reload()
    expect(box(page)).to_have_value("to the first")
    # Both drafts are one person's when the two are.
    committed.execute("select onethread.merge_conversations(1, %s, %s, null)", [one, two])
    page.goto(f"/inbox/1/conversation/{two}")
    expect(box(page)).to_have_value("to the first\nto the second")
    page.get_by_role("button", name="Send").click()
    expect(page.locator(".message.out")).to_have_count(1)
    page.reload()
    expect(box(page)).to_have_value("")


def test_first_message_is_kept_until_it_was_taken(page: Page, committed: Connection) -> None:
    page.goto("/inbox/1/new")
    page.get_by_label("Number").fill("054-777 1234")
    page.get_by_label("Message").fill("precious")
    page.goto("/inbox/1/reports")
    page.goto("/inbox/1/new")
    expect(page.get_by_label("Number")).to_have_value("054-777 1234")
    expect(page.get_by_label("Message")).to_have_value("precious")
    page.get_by_role("button", name="Send").click()
    expect(page.locator(".message.out")).to_have_count(1)
    page.goto("/inbox/1/new")
    expect(page.get_by_label("Message")).to_have_value("")
    assert scalar(committed, TAKEN) == ["precious"]


def test_text_outlives_a_server_that_is_gone(
    database: str, committed: Connection, browser: Browser
) -> None:
    """And is sent once, though nobody heard that it was taken."""
    insert(committed, 1, "inbound", address=PHONE, body="one")
    insert(committed, 1, "inbound", address=LID, body="two")
    context = browser.new_context(http_credentials={"username": "a", "password": TOKEN})
    page = context.new_page()
    with serving(database, replace(SETTINGS, auth_token=TOKEN)) as address:
        page.goto(f"{address}/inbox/1")
        lines(page).filter(has_text="one").click()
        box(page).fill("precious")

        def take_and_say_nothing(route: Route) -> None:
            route.fetch()
            route.abort()

        page.route("**/reply", take_and_say_nothing)
        page.get_by_role("button", name="Send").click()
        expect(page.locator("#trouble")).to_contain_text("does not answer")
        assert scalar(committed, TAKEN) == ["precious"]
        page.unroute("**/reply")
        page.reload()
        expect(box(page)).to_have_value("precious")
        page.get_by_role("button", name="Send").click()
        expect(box(page)).to_have_value("")
        assert scalar(committed, TAKEN) == ["precious"]
        box(page).fill("still here")
    expect(page.locator("#trouble")).to_contain_text("does not answer")
    lines(page).filter(has_text="two").click()
    page.get_by_role("button", name="Send").click()
    expect(page.locator(".reply .failure")).to_contain_text("Your text is still here")
    expect(box(page)).to_have_value("still here")
    context.close()


def test_sign_in_that_ended_takes_no_text_along(page: Page, committed: Connection) -> None:
    """Behind a proxy: it answers with its login page, or leads there."""
    insert(committed, 1, "inbound", address=PHONE, body="one")
    open_inbox(page)
    lines(page).click()
    answers: list[dict[str, Any]] = [
        {"status": 200, "content_type": "text/html", "body": "<form>Log in</form>"},
        {"status": 302, "headers": {"Location": "/inbox/static/inbox.css"}},
        {"status": 401},
    ]
    for answer in answers:
        text = f"after {answer['status']}"
        box(page).fill(text)

        def say(route: Route, answer: dict[str, Any] = answer) -> None:
            route.fulfill(**answer)

        page.route("**/inbox/1/**", lambda route: say(route))
        page.get_by_role("button", name="Send").click()
        expect(page.locator("#trouble")).to_contain_text("You are signed out")
        expect(page.get_by_role("link", name="Sign in again")).to_be_visible()
        expect(box(page)).to_have_value(text)
        expect(lines(page)).to_have_count(1)
        page.unroute("**/inbox/1/**")
        page.get_by_role("button", name="Send").click()
        expect(page.locator("#trouble")).to_be_hidden()
        expect(box(page)).to_have_value("")
    assert scalar(committed, TAKEN) == ["after 200", "after 302", "after 401"]
    assert "Log in" not in page.content()


def test_bar_is_there_while_the_database_is_away(page: Page, committed: Connection) -> None:
    """Nobody has to do anything to see it."""
    insert(committed, 1, "inbound", address=PHONE, body="one")
    open_inbox(page)
    name = scalar(committed, "select current_database()")
    allow = "update pg_database set datallowconn = %s where datname = %s"
    committed.execute(allow, [False, name])

    def is_told() -> bool:
        # Each time: whoever was let in just before is not in pg_stat_activity yet.
        committed.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity "
            "where datname = %s and pid <> pg_backend_pid()",
            [name],
        )
        return "cannot reach its database" in page.locator("#trouble").inner_text()

    try:
        wait_until(is_told, "the bar", seconds=20)
    finally:
        committed.execute(allow, [True, name])
    expect(page.locator("#trouble")).to_be_hidden()
    insert(committed, 1, "inbound", address=LID, body="two")
    expect(lines(page)).to_have_count(2)


def test_search_for_blanks_is_no_search(address: str) -> None:
    for path in ("/inbox/1?q=%20", "/inbox/1/lines?q=%20%20", "/inbox/1?q=%09%0A"):
        answer = httpx.get(address + path, auth=("a", TOKEN))
        assert (answer.status_code, "No conversation yet" in answer.text) == (200, True), path
