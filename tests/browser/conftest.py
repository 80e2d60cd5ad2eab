"""Fixtures: a real browser, and the inbox of business 1 on a database of the test's own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import psycopg
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.chromium import find_chromium, run_chromium
from tests.conftest import Connection, add_business
from tests.web.conftest import SETTINGS
from tests.web.running import serving

TOKEN = "inbox-token"

# How long a failing test waits, on a machine that is busy with others; a passing one does not.
expect.set_options(timeout=20_000)


@pytest.hookimpl(tryfirst=True)  # before xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One worker runs all of these: one browser."""
    for item in items:
        if "tests/browser/" in item.nodeid:
            item.add_marker(pytest.mark.xdist_group("browser"))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium; the tests are skipped where there is none.

    Not for the session: while Playwright is there, its event loop counts as running, and no later
    test of this worker could start one.
    """
    path = find_chromium()
    if path is None:
        pytest.skip("Chromium is not installed: `make test-browser` installs it where apt is")
    with run_chromium(path) as browser:
        yield browser


@pytest.fixture
def committed(database: str) -> Iterator[Connection]:
    """An autocommit connection to the database that the server uses, with business 1."""
    with psycopg.connect(database, autocommit=True) as connection:
        add_business(connection)
        yield connection


@pytest.fixture
def address(database: str, committed: Connection) -> Iterator[str]:
    """Where the inbox is served."""
    with serving(database, replace(SETTINGS, auth_token=TOKEN)) as address:
        yield address


@pytest.fixture
def signed_in(browser: Browser, address: str) -> Iterator[Any]:
    """Makes browser contexts that send the token."""
    contexts: list[BrowserContext] = []

    def make(**options: Any) -> BrowserContext:
        credentials = {"username": "agent", "password": TOKEN}
        context = browser.new_context(base_url=address, http_credentials=credentials, **options)
        context.set_default_timeout(15_000)
        contexts.append(context)
        return context

    yield make
    for context in contexts:
        context.close()


@pytest.fixture
def page(signed_in: Any) -> Iterator[Page]:
    """A page that must not have an error of script, policy or network by the end of the test."""
    page = signed_in(viewport={"width": 1200, "height": 800}).new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on(
        "console", lambda message: errors.append(message.text) if message.type == "error" else None
    )
    page.on("dialog", lambda dialog: (errors.append(dialog.message), dialog.dismiss()))
    yield page
    assert errors == []
