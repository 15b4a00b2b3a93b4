"""The pictures of the viewer in `images`, taken in a real browser: `python docs/screenshots.py [NAME ...]`.

Needs playwright, and Chromium as Debian and others package it.
"""

from __future__ import annotations

import os
import shutil
import socket
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path

import uvicorn
from playwright.sync_api import Page, sync_playwright
from screenshot_runs import make_runs
from screenshot_traces import make_traces

import spanloom
from spanloom.tracing.ingest import ingest_traces
from spanloom.viewer import make_application

FOLDER = Path(__file__).parent / "images"
SIZE = {"width": 1200, "height": 640}


def traces(page: Page, url: str) -> None:
    page.goto(url)
    page.locator("#traces td.name").nth(20).wait_for()
    for number in (0, 1):
        page.locator("#traces input").nth(number).check()


def trace(page: Page, url: str) -> None:
    [shown] = spanloom.search_traces("status = 'OK'", max_results=1, include_spans=False)
    page.goto(f"{url}/traces/{shown.info.trace_id}")
    page.locator(".span", has_text="chat").last.click()


def compare(page: Page, url: str) -> None:
    newest = spanloom.search_traces(max_results=2, include_spans=False)
    page.goto("/".join([url, "compare", *(each.info.trace_id for each in reversed(newest))]))
    page.locator(".span", has_text="chat").last.click()


def charts(page: Page, url: str) -> None:
    page.goto(f"{url}/charts?range=86400&group=model")
    page.locator("figure").nth(3).wait_for()
    page.set_viewport_size({"width": 1200, "height": 900})
    page.locator(".plot").first.focus()
    for _ in range(12):
        page.keyboard.press("ArrowLeft")


def runs(page: Page, url: str) -> None:
    page.goto(f"{url}/runs")
    page.locator("#runs td.name").nth(5).wait_for()
    for number in (0, 2):
        page.locator("#runs input").nth(number).check()


def comparison_of_runs(page: Page, url: str) -> None:
    found = [run("rate 0.001"), run("rate 0.003"), run("rate 0.01")]
    page.set_viewport_size({"width": 1200, "height": 760})
    page.goto(f"{url}/runs/compare?{'&'.join(f'run={each}' for each in found)}")
    page.locator(".plot").last.focus()
    for _ in range(40):
        page.keyboard.press("ArrowLeft")


def comparison_of_evaluations(page: Page, url: str) -> None:
    page.set_viewport_size({"width": 1200, "height": 900})
    page.goto(f"{url}/runs/compare?run={run('prompt of May, checked')}&run={run('shorter prompt, checked')}")
    page.locator(".rows-table tbody tr").first.wait_for()


def run(name: str) -> str:
    """Return the id of a run."""
    [found] = spanloom.search_runs(
        filter_string=f"run_name = '{name}'", search_all_experiments=True, output_format="list"
    )
    return found.info.run_id


def notebook(page: Page, _url: str) -> None:
    [shown] = spanloom.search_traces("status = 'ERROR'", max_results=1)
    page.set_viewport_size({"width": 900, "height": 220})
    page.set_content(f"<body style='margin: 1rem; font: 14px sans-serif'>{shown._repr_html_()}")
    page.locator("summary").last.click()


PICTURES: dict[str, tuple[Callable[[Page, str], None], str]] = {
    "traces": (traces, "light"),
    "trace": (trace, "light"),
    "trace-dark": (trace, "dark"),
    "compare": (compare, "light"),
    "charts": (charts, "light"),
    "charts-dark": (charts, "dark"),
    "notebook": (notebook, "light"),
    "runs": (runs, "light"),
    "runs-compare": (comparison_of_runs, "dark"),
    "evaluations-compare": (comparison_of_evaluations, "light"),
}


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        spanloom.configure(store=f"sqlite:///{folder}/traces.db")
        ingest_traces(make_traces())
        listening = socket.create_server(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(make_application(), log_level="warning"))
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        try:
            take(sys.argv[1:] or list(PICTURES), f"http://127.0.0.1:{listening.getsockname()[1]}")
        finally:
            server.should_exit = True
            thread.join()


def take(names: list[str], url: str) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-proxy-server"], chromium_sandbox=os.geteuid() != 0
        )
        for name in names:
            draw, scheme = PICTURES[name]
            if name.startswith(("runs", "evaluations")) and not spanloom.search_runs(
                search_all_experiments=True, max_results=1, output_format="list"
            ):
                make_runs()  # not before: their traces would be on the pictures of traces
            page = browser.new_page(viewport=SIZE, color_scheme=scheme)
            draw(page, url)
            page.screenshot(path=FOLDER / f"{name}.png")
            page.close()
        browser.close()


if __name__ == "__main__":
    main()
