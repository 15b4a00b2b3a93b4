"""Pages in a real browser."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

pytest.importorskip("selenium", reason="pages are tested in a real browser: pip install selenium")

from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
DRIVER = shutil.which("chromedriver")
needs_browser = pytest.mark.skipif(
    CHROMIUM is None or DRIVER is None,
    reason="no Chromium with its driver: apt-get install chromium chromium-driver",
)

SWITCHES = ("--headless=new", "--disable-gpu", "--disable-dev-shm-usage", "--no-proxy-server", "--window-size=1280,900")


class Page:
    """The page as a person uses it."""

    def __init__(self, browser: Chrome) -> None:
        self.browser = browser

    def open(self, url: str) -> None:
        self.browser.get(url)

    def find(self, selector: str, text: str = "") -> WebElement:
        """Wait for a visible element that has this text."""
        return self.wait(
            lambda: [found for found in self.all(selector) if found.is_displayed() and text in found.text],
            f"{selector} with {text!r}",
        )[-1]

    def all(self, selector: str) -> list[WebElement]:
        return self.browser.find_elements(By.CSS_SELECTOR, selector)

    def wait(self, condition: Any, what: str) -> Any:
        wait = WebDriverWait(self.browser, 20, 0.05, ignored_exceptions=[StaleElementReferenceException])
        return wait.until(lambda _: condition(), f"no {what}")

    def complaints(self) -> list[str]:
        """Return what the browser complained about since the last call: script errors, policy violations."""
        return [entry["message"] for entry in self.browser.get_log("browser")]

    @contextmanager
    def narrow(self) -> Iterator[None]:
        """Be as wide as a phone."""
        metrics = {"width": 380, "height": 760, "deviceScaleFactor": 1, "mobile": False}
        self.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        try:
            yield
        finally:
            self.browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})

    def width(self) -> int:
        """Return the width of what can be scrolled."""
        width: int = self.browser.execute_script("return document.documentElement.scrollWidth")
        return width


@contextmanager
def open_browser() -> Iterator[Chrome]:
    """Start a browser without a window."""
    options = ChromeOptions()
    options.binary_location = str(CHROMIUM)
    for switch in (*SWITCHES, *(["--no-sandbox"] if os.geteuid() == 0 else [])):
        options.add_argument(switch)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    with Chrome(options, Service(DRIVER)) as browser:
        yield browser
