"""axe-core 4.10.3 (npm, MPL-2.0; axe/) finds nothing serious on any page, light and dark."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.test_inbox_page import LID, PHONE
from tests.conftest import Connection, insert
from tests.sql.query import scalar

AXE = (Path(__file__).parent / "axe" / "axe.min.js").read_text("utf-8")


def find_violations(page: Page) -> list[str]:
    """What axe calls serious or critical: rule, page, the first element."""
    page.evaluate(AXE)
    found = page.evaluate("axe.run({resultTypes: ['violations']})")
    return [
        f"{each['id']} at {page.url}: {each['nodes'][0]['html'][:200]}"
        for each in found["violations"]
        if each["impact"] in ("serious", "critical")
    ]


@pytest.fixture
def paths(committed: Connection) -> list[str]:
    """Every page, with something of everything on it."""
    first = insert(committed, 1, "inbound", address=PHONE, sender_name="Dana", body="hello",
                   contact_aliases=[LID]).conversation_id  # fmt: skip
    insert(committed, 1, "outbound", address=PHONE, body="see https://example.org", source="bot")
    insert(committed, 1, "inbound", address=PHONE, contact_aliases=["222222222222222@lid"],
           sender_name="Galit")  # fmt: skip
    other = insert(committed, 1, "inbound", address="+972547654321", body="hello").conversation_id
    third = insert(committed, 1, "inbound", address="+972547654322", body="x").conversation_id
    committed.execute("select onethread.merge_conversations(1, %s, %s, 'x')", [other, third])
    merge = scalar(committed, "select max(id) from onethread.whatsapp_conversation_merge")
    message = scalar(committed, "select min(id) from whatsapp_message")
    return [
        "", "?q=hello", "?q=nobody", f"/conversation/{first}", f"/conversation/{other}",
        f"/conversation/{first}/merge", f"/conversation/{first}/merge?other={other}",
        f"/merge/{merge}/undo", f"/message/{message}", "/conflicts", "/reports?days=7",
        "/conversation/999",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "options",
    [
        {"color_scheme": "light", "viewport": {"width": 1200, "height": 800}},
        {"color_scheme": "dark", "viewport": {"width": 390, "height": 740}},
    ],
    ids=["desktop, light", "phone, dark"],
)
def test_nothing_serious_is_found_on_any_page(
    signed_in: Any, paths: list[str], options: dict[str, Any]
) -> None:
    page = signed_in(**options).new_page()
    violations = []
    for path in paths:
        page.goto(f"/inbox/1{path}")
        for details in page.locator("details").all():
            details.evaluate("element => { element.open = true; }")
        violations += find_violations(page)
    assert violations == []
