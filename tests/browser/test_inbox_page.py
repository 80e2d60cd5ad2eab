"""The inbox as somebody at a screen meets it."""

from __future__ import annotations

import re
from typing import Any

import httpx
import psycopg
import pytest
from playwright.sync_api import Page, Route, expect

from onethread.sending import configured_senders, send_queued
from tests.conftest import Connection, add_business, insert
from tests.sending.fake_provider import run_fake_provider
from tests.sql.query import scalar

PHONE = "+972501234567"
LID = "876019134910105@lid"
XSS = "<img src=x onerror=alert(1)><script>alert(2)</script>\"'>{{7*7}}"


def lines(page: Page) -> Any:
    return page.locator(".line")


def texts(page: Page) -> list[str]:
    """The messages shown, oldest first."""
    return page.locator(".message .text").all_inner_texts()


def open_inbox(page: Page, business_id: int = 1) -> None:
    """Opens the list, and waits until it follows."""
    with page.expect_response(lambda answer: "/events" in answer.url):
        page.goto(f"/inbox/{business_id}")


def add_people(connection: Connection, count: int) -> None:
    connection.execute(
        "insert into whatsapp_message (business_id, direction, from_number, body, sent_at) "
        "select 1, 'inbound', '+97250' || 1000000 + i, 'from ' || i, "
        "now() - i * interval '1 min' from generate_series(1, %s) i",
        [count],
    )


def test_person_is_one_line_and_one_thread_whoever_writes(
    page: Page, committed: Connection
) -> None:
    open_inbox(page)
    expect(page.get_by_text("No conversation yet")).to_be_visible()
    insert(committed, 1, "inbound", address=PHONE, sender_name="Dana Levi", body="question",
           contact_aliases=[LID])  # fmt: skip
    expect(lines(page)).to_have_count(1)
    expect(lines(page)).to_contain_text("Dana Levi")
    lines(page).click()
    expect(page.locator(".message")).to_have_count(1)

    insert(committed, 1, "outbound", address=LID, source="bot", body="the bot's answer")
    insert(committed, 1, "outbound", address="050-123-4567", source="agent", body="the agent's")
    insert(committed, 1, "outbound", address="972501234567@s.whatsapp.net", source="automation",
           body="a reminder")  # fmt: skip
    insert(committed, 1, "inbound", address="0501234567", body="thanks")
    insert(committed, 1, "outbound", address="Unknown", source="bot", body="nobody's")
    expect(page.locator(".message")).to_have_count(5)
    before = texts(page)
    assert before == ["question", "the bot's answer", "the agent's", "a reminder", "thanks"]
    assert page.locator(".message.machine .by").all_inner_texts() == ["Bot", "Automation"]
    expect(lines(page)).to_have_count(1)

    page.reload()
    assert texts(page) == before
    expect(lines(page)).to_have_count(1)
    side = page.locator(".side").inner_text()
    assert "lid@" not in side and "@lid" not in side and "Unknown" not in side
    expect(page.locator(".identifiers summary")).to_have_text("2 identifiers")


def test_old_messages_are_in_the_thread_when_they_were_linked_later(
    page: Page, committed: Connection
) -> None:
    """Rows that are older than the trigger, and get their thread afterwards."""
    with committed.transaction():
        committed.execute("set local session_replication_role = replica")
        insert(committed, 1, "inbound", address="0501234567", body="old",
               sent_at="2026-01-01 10:00+00")  # fmt: skip
    insert(committed, 1, "inbound", address=PHONE, body="new")
    open_inbox(page)
    lines(page).click()
    expect(page.locator(".message")).to_have_count(1)
    committed.execute("update whatsapp_message set contact_aliases = '{}' where body = 'old'")
    expect(page.locator(".message")).to_have_count(2)
    assert texts(page) == ["old", "new"]
    assert page.locator(".day").count() == 2
    expect(lines(page)).to_have_count(1)


def test_message_appears_when_it_commits_after_later_ones(
    page: Page, committed: Connection, database: str
) -> None:
    open_inbox(page)
    with psycopg.connect(database) as slow:
        insert(slow, 1, "inbound", address="0501111111", body="slow")
        insert(committed, 1, "inbound", address="0502222222", body="quick")
        expect(lines(page)).to_have_count(1)
        insert(committed, 1, "inbound", address="0503333333", body="quick too")
        expect(lines(page)).to_have_count(2)
        slow.commit()
    expect(lines(page)).to_have_count(3)


def test_edit_reaction_status_and_deletion_are_shown_as_they_come(
    page: Page, committed: Connection
) -> None:
    insert(committed, 1, "inbound", address=PHONE, body="helo", provider_message_id="in1")
    insert(committed, 1, "outbound", address=PHONE, body="hi", source="agent",
           provider_message_id="out1", reply_to="in1")  # fmt: skip
    insert(committed, 1, "inbound", address=PHONE, kind="image", body="look",
           media='{"filename": "holiday.jpg"}')  # fmt: skip
    insert(committed, 1, "inbound", address=PHONE, body="a mistake", provider_message_id="in2")
    open_inbox(page)
    lines(page).click()
    expect(page.locator(".media")).to_contain_text("holiday.jpg")
    expect(page.locator("blockquote")).to_have_text("helo")
    for columns in (
        {"kind": "edited", "provider_message_id": "in1", "body": "hello"},
        {"kind": "reaction", "provider_message_id": "out1", "body": "👍", "address": PHONE},
        {"kind": "read", "provider_message_id": "out1"},
        {"kind": "revoked", "provider_message_id": "in2"},
    ):
        columns |= {"business_id": 1}
        committed.execute(
            f"insert into whatsapp_message_event ({', '.join(columns)}) "
            f"values ({', '.join(['%s'] * len(columns))})",
            list(columns.values()),
        )
    expect(page.locator(".gone")).to_have_text("This message was deleted")
    expect(page.locator(".reactions")).to_have_text("👍")
    expect(page.locator(".out .tick")).to_have_attribute("title", "Read")
    assert texts(page) == ["hello", "hi", "look"]
    expect(page.locator(".edited")).to_contain_text("before: helo")


def test_answer_is_queued_then_sent_while_one_looks(page: Page, committed: Connection) -> None:
    insert(committed, 1, "inbound", from_number="972501234567", provider="meta_cloud", body="Hi")
    open_inbox(page)
    lines(page).click()
    box = page.get_by_label("Answer")
    box.fill("first line")
    box.press("Shift+Enter")
    box.press_sequentially("second")
    box.press("Enter")
    tick = page.locator(".message.out .tick")
    expect(tick).to_have_attribute("title", "Waiting to be sent")
    expect(box).to_have_value("")
    expect(box).to_be_focused()
    with run_fake_provider() as provider, httpx.Client(timeout=60) as client:
        senders = configured_senders(
            client,
            {"ONETHREAD_META_URL": provider.url, "ONETHREAD_META_PHONE_NUMBER_ID": "1",
             "ONETHREAD_META_ACCESS_TOKEN": "x"},
        )  # fmt: skip
        provider.answers = [(500, {}, {})]
        assert send_queued(lambda: committed, 1, senders).delayed == 1
        committed.execute("update whatsapp_message set send_after = null where status = 'queued'")
        assert send_queued(lambda: committed, 1, senders).sent == 1
    assert provider.texts[-1] == "first line\nsecond"
    expect(tick).to_have_attribute("title", "Sent")


def test_answer_is_kept_when_the_server_does_not_take_it(
    signed_in: Any, committed: Connection
) -> None:
    insert(committed, 1, "inbound", address=PHONE, body="Hi")
    page = signed_in().new_page()
    open_inbox(page)
    lines(page).click()
    expect(page.locator(".message")).to_have_count(1)
    page.route("**/reply", lambda route: route.abort())
    page.get_by_label("Answer").fill("precious")
    page.get_by_role("button", name="Send").click()
    expect(page.locator(".reply .failure")).to_contain_text("Your text is still here")
    expect(page.get_by_label("Answer")).to_have_value("precious")
    page.unroute("**/reply")
    page.get_by_role("button", name="Send").click()
    expect(page.locator(".message.out")).to_have_count(1)


def test_unread_is_counted_until_the_thread_is_opened(page: Page, committed: Connection) -> None:
    for number in range(3):
        insert(committed, 1, "inbound", address=PHONE, body=f"message {number}")
    insert(committed, 1, "inbound", address="0507654321", body="another")
    open_inbox(page)
    line = lines(page).filter(has_text="message 2")
    expect(line.locator(".count")).to_contain_text("3")
    line.click()
    expect(line.locator(".count")).to_have_count(0)
    expect(lines(page).filter(has_text="another").locator(".count")).to_contain_text("1")
    insert(committed, 1, "inbound", address=PHONE, body="read at once")
    expect(page.locator(".message")).to_have_count(4)
    expect(lines(page).filter(has_text="read at once").locator(".count")).to_have_count(0)
    page.reload()
    expect(page.locator(".count")).to_have_count(1)


@pytest.mark.parametrize(
    "query", ["050-123-4567", "00972501234567", LID, "dana", "levi", "appointment", "פגישה"]
)
def test_person_is_found_by_name_number_or_text(
    page: Page, committed: Connection, query: str
) -> None:
    insert(committed, 1, "inbound", address=PHONE, contact_aliases=[LID], sender_name="Dana Levi",
           body="my appointment / פגישה")  # fmt: skip
    insert(committed, 1, "inbound", address="0507654321", body="something else")
    page.goto("/inbox/1")
    page.keyboard.press("/")
    page.keyboard.type(query)
    page.keyboard.press("Enter")
    expect(lines(page)).to_have_count(1)
    expect(lines(page)).to_contain_text("Dana Levi")


def test_older_ones_come_while_one_scrolls(page: Page, committed: Connection) -> None:
    add_people(committed, 130)
    committed.execute(
        "insert into whatsapp_message (business_id, direction, to_number, body, sent_at) "
        "select 1, 'outbound', '+972501000001', 'no ' || i, now() - (500 - i) * interval '1 min' "
        "from generate_series(1, 170) i"
    )
    open_inbox(page)
    expect(lines(page)).to_have_count(50)
    for count in (100, 130):
        page.locator(".side .more").scroll_into_view_if_needed()
        expect(lines(page)).to_have_count(count)
    ids = [line.get_attribute("data-id") for line in lines(page).all()]
    assert len(set(ids)) == 130
    insert(committed, 1, "inbound", address="+972501000130", body="now the newest")
    expect(lines(page).first).to_contain_text("now the newest")
    expect(lines(page)).to_have_count(130)

    page.goto(f"/inbox/1/conversation/{scalar(committed, FIRST)}")
    expect(page.locator(".message")).to_have_count(50)
    expect(page.locator(".message").last).to_be_in_viewport()
    for count in (100, 150, 171):
        page.locator("#messages .more").scroll_into_view_if_needed()
        expect(page.locator(".message")).to_have_count(count)
    assert texts(page) == [f"no {i}" for i in range(1, 171)] + ["from 1"]


def test_reader_stays_where_he_scrolled_to_while_news_was_on_its_way(
    page: Page, committed: Connection
) -> None:
    for number in range(40):
        row = insert(committed, 1, "inbound", address=PHONE, body=f"no {number}")
    committed.execute("select onethread.mark_read(1, %s, %s)", [row.conversation_id, row.id])
    open_inbox(page)
    lines(page).click()
    expect(page.locator(".message")).to_have_count(40)
    held: list[Route] = []
    page.route("**/messages?size=*", lambda route: held.append(route))
    with page.expect_request("**/messages?size=*"):
        insert(committed, 1, "inbound", address=PHONE, body="news")
    box = page.locator("#messages")
    box.evaluate("box => { box.scrollTop = 150; }")
    assert len(held) == 1
    held[0].continue_()
    expect(page.locator(".message")).to_have_count(41)
    assert box.evaluate("box => Math.round(box.scrollTop)") == 150
    expect(page.get_by_role("button", name="1 new")).to_be_visible()
    expect(lines(page).locator(".count")).to_contain_text("1")
    page.get_by_role("button", name="1 new").click()
    expect(lines(page).locator(".count")).to_have_count(0)
    expect(page.locator(".divider")).to_have_count(1)


def test_older_ones_come_when_the_server_failed_at_first(
    signed_in: Any, committed: Connection
) -> None:
    add_people(committed, 60)
    page = signed_in(viewport={"width": 1200, "height": 800}).new_page()
    page.route("**/lines?before=*", lambda route: route.fulfill(status=503), times=1)
    page.goto("/inbox/1")
    page.locator(".side .more").scroll_into_view_if_needed()
    expect(lines(page)).to_have_count(60)


FIRST = "select onethread.find_conversation(1, '+972501000001')"


def test_markup_is_text_wherever_a_stranger_writes(page: Page, committed: Connection) -> None:
    committed.execute("update business set name = %s", [XSS])
    media = '{"filename": "<img src=x onerror=alert(1)>"}'
    insert(committed, 1, "inbound", address=PHONE, body=XSS, sender_name=XSS, source=XSS, kind=XSS,
           provider_message_id="m1", media=media)  # fmt: skip
    insert(committed, 1, "inbound", address=PHONE, body="javascript:alert(1)", reply_to="m1")
    insert(committed, 1, "inbound", address="1-1@g.us", body=XSS, participant=XSS)
    committed.execute(
        "insert into whatsapp_message_event "
        "(business_id, kind, provider_message_id, address, body) "
        "select 1, kind, 'm1', %s, %s from unnest(array['reaction', 'vote']) as kind",
        [PHONE, XSS],
    )
    open_inbox(page)
    assert page.locator("img, .side script, main script").count() == 0
    lines(page).filter(has_text="javascript").click()
    expect(page.locator(".message")).to_have_count(2)
    assert texts(page)[0] == XSS
    # A reaction is an emoji or nothing that is told; a vote is the words of the choice.
    expect(page.locator(".reactions")).to_contain_text("\ufffd")
    expect(page.locator(".reactions")).to_contain_text(XSS)
    page.locator(".message .time").first.click()
    expect(page.get_by_role("heading", name="Why is this message here?")).to_be_visible()
    for path in ("/reports", "/conflicts", f"?q={XSS}"):
        page.goto(f"/inbox/1{path}")
    assert page.locator("img, main script").count() == 0


def test_page_is_404_when_the_conversation_is_another_tenants(
    signed_in: Any, committed: Connection
) -> None:
    other = add_business(committed, "Other")
    row = insert(committed, other, "inbound", address=PHONE, body="secret", sender_name="Stranger")
    page = signed_in().new_page()
    answer = page.goto(f"/inbox/1/conversation/{row.conversation_id}")
    assert answer.status == 404
    assert "secret" not in page.content() and "Stranger" not in page.content()
    page.goto("/inbox/1")
    expect(lines(page)).to_have_count(0)
    assert page.goto("/inbox/77").status == 404


def test_two_threads_are_merged_and_parted_by_hand(page: Page, committed: Connection) -> None:
    insert(committed, 1, "inbound", address=PHONE, sender_name="Dana", body="one")
    insert(committed, 1, "inbound", address=LID, sender_name="Dana L.", body="two")
    open_inbox(page)
    expect(lines(page)).to_have_count(2)
    lines(page).filter(has_text="one").click()
    page.get_by_role("link", name="Same person…").click()
    page.get_by_label("Name, number or text").fill("dana")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("link", name="Dana L.").click()
    expect(page.locator(".card")).to_contain_text(LID)
    expect(page.locator(".side-card")).to_have_count(2)
    page.get_by_label("Why").fill("she said so")
    page.get_by_role("button", name="Join: one person").click()
    expect(page.locator(".message")).to_have_count(2)
    expect(lines(page)).to_have_count(1)
    expect(page.locator(".note")).to_contain_text("she said so")
    page.locator(".note").get_by_role("link", name="Undo").click()
    expect(page.locator(".card")).to_contain_text("876019134910105")
    page.get_by_role("button", name="Part them").click()
    expect(page.locator(".message")).to_have_count(1)
    expect(lines(page)).to_have_count(2)


def test_conflict_is_answered_on_its_page(page: Page, committed: Connection) -> None:
    for lid in ("111111111111111@lid", "222222222222222@lid"):
        insert(committed, 1, "inbound", address=lid, contact_aliases=[PHONE], body=lid)
    page.goto("/inbox/1/conflicts")
    page.get_by_role("button", name="Two people").click()
    expect(page.get_by_text("No open question")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("button", name="Two people")).to_be_visible()


def test_everything_is_reached_by_keyboard(page: Page, committed: Connection) -> None:
    add_people(committed, 3)
    open_inbox(page)
    page.keyboard.press("ArrowDown")
    expect(lines(page).nth(0)).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    expect(lines(page).nth(1)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("+972501000002")
    expect(page).to_have_url(re.compile(r"/inbox/1/conversation/\d+$"))
    page.keyboard.press("Escape")
    expect(page).to_have_url(re.compile(r"/inbox/1$"))
    expect(lines(page).nth(1)).to_be_focused()
    page.go_back()
    expect(page.locator("h1")).to_have_text("+972501000002")
    page.keyboard.press("/")
    expect(page.get_by_label("Search by name, number or text")).to_be_focused()


def test_text_from_the_right_is_shown_from_the_right(page: Page, committed: Connection) -> None:
    insert(committed, 1, "inbound", address=PHONE, body="שלום, מה שעות הפתיחה?")
    insert(committed, 1, "outbound", address=PHONE, body="Nine to five", source="agent")
    page.goto(
        f"/inbox/1/conversation/{scalar(committed, 'select max(id) from whatsapp_conversation')}"
    )
    directions = page.locator(".text").evaluate_all(
        "texts => texts.map((text) => getComputedStyle(text).direction)"
    )
    assert directions == ["rtl", "ltr"]


def test_phone_shows_the_list_or_the_thread(signed_in: Any, committed: Connection) -> None:
    insert(committed, 1, "inbound", address=PHONE, body="long" * 200, sender_name="D" * 200)
    page = signed_in(viewport={"width": 360, "height": 640}, has_touch=True).new_page()
    page.goto("/inbox/1")
    expect(page.locator("#thread")).to_be_hidden()
    lines(page).tap()
    expect(page.locator(".side")).to_be_hidden()
    box = page.get_by_label("Answer")
    expect(box).to_be_in_viewport()
    box.fill("a")
    box.press("Enter")
    expect(box).to_have_value("a\n")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.get_by_label("Back to the list").tap()
    expect(lines(page)).to_be_visible()
    for path in ("/reports", "/conflicts"):
        page.goto(f"/inbox/1{path}")
        assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_inbox_works_without_script(signed_in: Any, committed: Connection) -> None:
    add_people(committed, 60)
    page = signed_in(java_script_enabled=False).new_page()
    page.goto("/inbox/1")
    page.get_by_role("link", name="Older conversations").click()
    expect(lines(page)).to_have_count(10)
    lines(page).first.click()
    page.get_by_role("button", name="Mark as read").click()
    expect(page.get_by_role("button", name="Mark as read")).to_have_count(0)
    page.get_by_label("Answer").fill("by form")
    page.get_by_role("button", name="Send").click()
    expect(page.locator(".message.out .text")).to_have_text("by form")


LOW_CONTRAST = """() => {
  const numbers = (color) => color.match(/[\\d.]+/g).map(Number);
  const part = (value) =>
    (value /= 255) <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  const light = ([r, g, b]) => 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
  const ground = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const color = numbers(getComputedStyle(at).backgroundColor);
      if (color.length < 4 || color[3] > 0.5) return color;
    }
    return [255, 255, 255];
  };
  const found = [];
  for (const element of document.querySelectorAll("body *")) {
    const text = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    if (!text || !element.checkVisibility() || element.closest(".hidden, svg")) continue;
    const [a, b] = [light(numbers(getComputedStyle(element).color)), light(ground(element))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) found.push(`${element.className || element.tagName} ${ratio.toFixed(2)}`);
  }
  return found;
}"""
UNLABELLED = """() =>
  [...document.querySelectorAll("input:not([type=hidden]), textarea, button, a")]
  .filter((element) => element.checkVisibility() && !element.labels?.length
    && !(element.getAttribute("aria-label") || element.textContent.trim()))
  .map((element) => element.outerHTML)"""
SHIFT = """() => new Promise((resolve) => {
  let sum = 0;
  new PerformanceObserver((list) => list.getEntries().forEach((entry) => { sum += entry.value; }))
    .observe({ type: "layout-shift", buffered: true });
  requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => resolve(sum), 0)));
})"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_can_be_read_labels_are_there_and_nothing_jumps(
    signed_in: Any, committed: Connection, scheme: str
) -> None:
    add_people(committed, 12)
    for source in ("bot", "agent", "automation"):
        insert(committed, 1, "outbound", address="+972501000001", body=source, source=source,
               provider_message_id=source)  # fmt: skip
    committed.execute(
        "insert into whatsapp_message_event (business_id, kind, provider_message_id) "
        "values (1, 'failed', 'agent'), (1, 'read', 'bot')"
    )
    page = signed_in(color_scheme=scheme, viewport={"width": 1200, "height": 800}).new_page()
    first = scalar(committed, FIRST)
    for path in ("", f"/conversation/{first}", f"/conversation/{first}/merge", "/reports",
                 "/conflicts"):  # fmt: skip
        page.goto(f"/inbox/1{path}")
        assert page.evaluate(LOW_CONTRAST) == [], path
        assert page.evaluate(UNLABELLED) == [], path
        assert page.evaluate(SHIFT) < 0.02, path
        assert page.locator("html").get_attribute("lang") == "en"
