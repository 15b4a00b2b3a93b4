"""Pages in a real browser: fixtures for the tests of every page."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

pytest.importorskip("playwright", reason="pages are tested in a real browser: pip install playwright")

from playwright.sync_api import Browser, Page, expect, sync_playwright

__all__ = ["browser", "complaints", "expect", "page", "width"]

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
WAIT_MS = 20_000

expect.set_options(timeout=WAIT_MS)


@pytest.fixture(scope="module")  # an open one counts as a running event loop, so it ends before other tests run
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("no Chromium: apt-get install chromium")
    with sync_playwright() as playwright:
        switches = ["--no-proxy-server", "--disable-dev-shm-usage"]
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=switches, chromium_sandbox=os.geteuid() != 0
        )
        yield browser
        browser.close()


@pytest.fixture
def complaints() -> list[str]:
    """What the browser complains about: script errors, policy violations. A test clears what it expects."""
    return []


@pytest.fixture
def page(browser: Browser, complaints: list[str]) -> Iterator[Page]:
    """A page. Complaints that are left at the end fail the test, and so does a request to another machine."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(WAIT_MS)
    page = context.new_page()
    hosts: set[str] = set()
    context.on("request", lambda request: hosts.add(urlsplit(request.url).hostname or ""))
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    context.close()
    assert complaints == []
    assert hosts <= {"127.0.0.1", ""}  # data and files have no host


def width(page: Page) -> int:
    """Return the width of what can be scrolled."""
    scrolled: int = page.evaluate("document.documentElement.scrollWidth")
    return scrolled
