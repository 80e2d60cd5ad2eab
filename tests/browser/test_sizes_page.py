"""In Hebrew on a phone, and enlarged to 200 %: nothing is cut, covered or beyond the edge."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.test_accessibility import find_violations, paths

__all__ = ["paths"]

# What has a scroll of its own is seen by scrolling there.
FIND_FAULTS = """() => {
  const width = document.documentElement.clientWidth;
  const faults = [];
  const is = (element, what) => faults.push(`${what}: ${element.outerHTML.slice(0, 120)}`);
  const boxes = [document.documentElement, ...document.querySelectorAll(".scroll, .sheet")];
  for (const element of boxes) {
    if (element.scrollWidth > element.clientWidth) is(element, "scrolls sideways");
  }
  const page = document.scrollingElement;
  if (document.querySelector(".inbox") && page.scrollHeight > page.clientHeight) {
    is(document.body, "scrolls as a whole");
  }
  const controls = "a, button, input, textarea, summary";
  for (const element of document.querySelectorAll(`${controls}, label, h1, h2, time`)) {
    if (!element.checkVisibility() || element.closest(".hidden, .table, .popup")) continue;
    for (const place of element.getClientRects()) {
      if (place.left < -1 || place.right > width + 1) is(element, "beyond the edge");
    }
    const isBox = getComputedStyle(element).display !== "inline";
    if (isBox && element.matches("button, nav a, label, summary")
        && element.scrollWidth > element.clientWidth + 1) is(element, "cut");
    if (!element.matches(controls)) continue;
    const place = element.getClientRects()[0];
    const x = place.left + place.width / 2, y = place.top + place.height / 2;
    const frame = element.closest(".scroll")?.getBoundingClientRect();
    if (y < (frame?.top ?? 0) || y > Math.min(frame?.bottom ?? innerHeight, innerHeight)) continue;
    const there = document.elementFromPoint(x, y);
    if (there && !element.contains(there) && !there.contains(element)) is(element, "covered");
  }
  return faults;
}"""


@pytest.mark.parametrize(
    ("language", "width", "height"),
    [("he-IL", 390, 740), ("en-GB", 600, 400)],
    ids=["Hebrew, phone", "200 %"],
)
def test_everything_is_there_when_there_is_little_room(
    signed_in: Any, paths: list[str], language: str, width: int, height: int
) -> None:
    context = signed_in(locale=language, viewport={"width": width, "height": height})
    page = context.new_page()
    faults = []
    for path in paths:
        page.goto(f"/inbox/1{path}")
        faults += [f"{path} {fault}" for fault in page.evaluate(FIND_FAULTS)]
    assert faults == []


def test_hebrew_runs_from_right_to_left(signed_in: Any, paths: list[str]) -> None:
    page = signed_in(locale="he-IL", viewport={"width": 1200, "height": 800}).new_page()
    page.goto(f"/inbox/1{paths[3]}")
    assert page.evaluate("getComputedStyle(document.body).direction") == "rtl"
    assert find_violations(page) == []
    line = page.locator(".line").first

    def left(selector: str) -> float:
        box = line.locator(selector).bounding_box()
        assert box
        return float(box["x"])

    assert left(".face") > left(".who") > left(".when")
    incoming, outgoing = page.locator(".in .bubble").first, page.locator(".out .bubble").first
    first, second = incoming.bounding_box(), outgoing.bounding_box()
    assert first and second and first["x"] + first["width"] > second["x"] + second["width"]
    # The words of the script, too; what people write goes its own way.
    page.locator(".reply textarea").fill("hello")
    page.locator(".line:not([aria-current])").first.click()
    expect(page.locator(".draft")).to_have_text("טיוטה: hello")
    page.keyboard.press("Escape")
    expect(page).to_have_title(re.compile("התיבה של"))
