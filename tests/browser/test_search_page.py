"""Finding somebody, and what they wrote, as somebody at a screen does."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.test_inbox_page import PHONE, lines, open_inbox, texts
from tests.conftest import Connection, insert
from tests.sql.query import scalar


def test_found_message_is_opened_in_its_place_and_marked_when_searched_while_typing(
    page: Page, committed: Connection
) -> None:
    committed.execute(
        "insert into whatsapp_message (business_id, direction, from_number, body, sent_at) "
        "select 1, 'inbound', %s, case i when 60 then 'the Crème brûlée' else 'm' || i end, "
        "now() - interval '1 day' + i * interval '1 min' from generate_series(1, 200) i",
        [PHONE],
    )
    insert(committed, 1, "inbound", address="+972547654321", sender_name="Zoë García")
    open_inbox(page)
    page.keyboard.press("/")
    page.keyboard.type("gar")
    expect(lines(page)).to_have_count(1)
    expect(lines(page).locator("mark")).to_have_text("Gar")
    page.locator("#search").fill("creme")
    expect(lines(page)).to_have_count(0)
    page.locator("#search").fill("crème")
    expect(lines(page).locator(".words mark")).to_have_text("Crème")
    page.keyboard.press("Enter")
    expect(lines(page)).to_be_focused()
    page.keyboard.press("Enter")
    found = page.locator(".message.found")
    expect(found).to_be_in_viewport()
    expect(found.locator("mark")).to_have_text("Crème")
    expect(page.locator(".message")).to_have_count(50)
    number = scalar(committed, "select id from whatsapp_message where body ~ 'Crème'")
    assert page.url.endswith(f"around={number}")

    insert(committed, 1, "inbound", address=PHONE, body="new")
    expect(page.locator(".side .line")).to_have_count(1)
    page.reload()
    expect(page.locator(".message.found")).to_be_in_viewport()
    page.locator(".newest").click()
    expect(page.locator(".message").last).to_contain_text("new")
    page.locator("#search").fill("m1")
    expect(lines(page)).to_have_count(1)
    page.locator("#search").fill("")
    expect(lines(page)).to_have_count(2)
    assert texts(page)[-1] == "new"


def test_how_many_more_there_are_is_said_when_many_are_found(
    page: Page, committed: Connection
) -> None:
    committed.execute(
        "insert into whatsapp_message (business_id, direction, from_number, sender_name, sent_at) "
        "select 1, 'inbound', '+97250' || 1000000 + i, 'Anna Levi', "
        "now() - i * interval '1 min' from generate_series(1, 70) i"
    )
    open_inbox(page)
    page.locator("#search").fill("anna")
    expect(page.get_by_text("The newest 50 of 70 are here.")).to_be_attached()
    assert len({*page.locator(".line .number").all_inner_texts()}) == 50  # twins by their number
    page.locator("#lines .more").scroll_into_view_if_needed()
    expect(lines(page)).to_have_count(70)


def test_search_that_failed_is_made_anew(signed_in: Any, committed: Connection) -> None:
    insert(committed, 1, "inbound", address="+972501234567", sender_name="Dana", body="hello")
    page = signed_in().new_page()
    page.goto("/inbox/1")
    page.route("**/lines?*", lambda route: route.abort())
    page.get_by_role("searchbox").fill("dana")
    said = page.locator("#said")
    expect(said).to_have_text("Not searched: the server does not answer.")
    page.unroute("**/lines?*")
    page.keyboard.press("Enter")
    expect(page.locator("mark")).to_have_text("Dana")
    expect(said).to_have_text("")
