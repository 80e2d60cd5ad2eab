"""Reading while others write: nothing jumps, and read is what was seen."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.test_inbox_page import LID, PHONE, lines, open_inbox
from tests.conftest import Connection, insert
from tests.sql.query import scalar

UNREAD = "select onethread.count_unread(1, onethread.find_conversation(1, %s))"


def test_what_one_reads_stays_as_it_is_while_others_write(
    page: Page, committed: Connection
) -> None:
    """What is opened stays open, what is selected selected, what was loaded loaded."""
    committed.execute(
        "insert into whatsapp_message (business_id, direction, from_number, body, "
        "provider_message_id, sent_at) select 1, 'inbound', %s, 'no ' || i, 'm' || i, "
        "now() - (200 - i) * interval '1 min' from generate_series(1, 120) i",
        [PHONE],
    )
    committed.execute(
        "insert into whatsapp_message_event (business_id, kind, provider_message_id, address, body)"
        " values (1, 'edited', 'm60', %s, 'no 60, edited')",
        [PHONE],
    )
    thread = scalar(committed, "select onethread.find_conversation(1, %s)", PHONE)
    committed.execute("select onethread.mark_read(1, %s, 120)", [thread])
    page.goto(f"/inbox/1/conversation/{thread}")
    page.locator("#messages .more").scroll_into_view_if_needed()
    expect(page.locator(".message")).to_have_count(100)
    page.locator(".edited summary").click()
    page.evaluate("getSelection().selectAllChildren(document.querySelector('#m62 .text'))")
    page.locator("#m60").scroll_into_view_if_needed()
    place = page.locator("#m60").bounding_box()
    insert(committed, 1, "inbound", address=PHONE, body="news")
    committed.execute(
        "insert into whatsapp_message_event (business_id, kind, provider_message_id, address, body)"
        " values (1, 'reaction', 'm63', %s, '👍')",
        [PHONE],
    )
    expect(page.locator(".reactions")).to_have_text("👍")
    expect(page.get_by_role("button", name="1 new")).to_be_visible()
    expect(page.locator(".edited[open]")).to_have_count(1)
    assert page.evaluate("getSelection().toString()") == "no 62"
    assert page.locator("#m60").bounding_box() == place
    assert page.locator(".message").count() == 101
    assert scalar(committed, UNREAD, PHONE) == 1


def test_thread_opens_where_the_unread_begin_and_is_left_unread_again(
    page: Page, committed: Connection
) -> None:
    for number in range(45):
        insert(committed, 1, "inbound", address=PHONE, body=f"no {number}")
    committed.execute("select onethread.mark_read(1, 1, 5)")
    insert(committed, 1, "outbound", address=LID, body="sent")
    open_inbox(page)
    expect(page).to_have_title("(1) Inbox of Clinic · Onethread")
    lines(page).filter(has_text="no 44").click()
    expect(page.locator(".divider")).to_be_in_viewport()
    expect(page.locator("#m6")).to_be_in_viewport()
    expect(page.locator("#m45")).not_to_be_in_viewport()
    unread = page.locator(".news button")
    expect(unread).to_be_visible()
    shown = int(unread.inner_text().split()[0])
    assert 0 < shown < 40
    expect(lines(page).locator(".count")).to_contain_text(str(shown))
    page.locator("#messages").evaluate("box => { box.scrollTop = box.scrollHeight; }")
    expect(lines(page).locator(".count")).to_have_count(0)
    expect(page).to_have_title("+972501234567 · Onethread")
    page.get_by_role("button", name="Mark as unread").click()
    expect(page.locator("h1")).to_have_count(0)
    expect(lines(page).locator(".count")).to_contain_text("1")
    page.locator(".filters").get_by_role("link", name="Unread").click()
    expect(lines(page)).to_have_count(1)
    page.locator(".filters").get_by_role("link", name="Waiting").click()
    expect(lines(page)).to_have_count(1)
    expect(lines(page)).to_contain_text("no 44")


def test_window_closes_and_opens_while_one_looks(page: Page, committed: Connection) -> None:
    columns: dict[str, Any] = {"from_number": "972501234567", "provider": "meta_cloud"}
    committed.execute(
        "insert into whatsapp_message (business_id, direction, from_number, provider, sent_at) "
        "values (1, 'inbound', '972501234567', 'meta_cloud', "
        "now() - interval '24 hours' + interval '4 s')"
    )
    open_inbox(page)
    lines(page).click()
    expect(page.locator("#window")).to_contain_text("Free text until")
    expect(page.locator("#closed")).to_be_visible()
    insert(committed, 1, "inbound", **columns, body="I am here")
    expect(page.locator("#closed")).to_be_hidden()
    expect(page.locator("#window")).to_contain_text("Free text until")


def test_scheduled_message_has_its_time_and_no_place_in_the_list_before(
    page: Page, committed: Connection
) -> None:
    old = insert(committed, 1, "inbound", address=PHONE, body="old", sent_at="2026-01-01 10:00+00")
    insert(committed, 1, "inbound", address=LID, body="newer")
    committed.execute(
        "select onethread.queue_message(1, %s, 'later', p_send_after => now() + interval '1 day')",
        [old.conversation_id],
    )
    open_inbox(page)
    expect(lines(page).first).to_contain_text("newer")
    expect(lines(page).last).to_contain_text("old")
    lines(page).last.click()
    expect(page.locator(".planned")).to_contain_text("Scheduled: tomorrow")
