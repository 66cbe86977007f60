"""The browser that the page is measured in, a plain static host, and the time of an answer in a page."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.process import environment
from tests.chromium import ARGUMENTS, find_chromium

# Element Timing tells when the pixels of an element were first shown; what it is to watch has to be marked before.
WATCH = """
globalThis.shown = new Promise((resolve, reject) => {
  setTimeout(() => reject(new Error("no answer was shown in 30 s")), 30_000);
  new PerformanceObserver((list) => resolve(list.getEntries()[0].renderTime)).observe({ type: "element" });
});
new MutationObserver(() => document.querySelector("#answer > *")?.setAttribute("elementtiming", "answer"))
  .observe(document, { childList: true, subtree: true });
"""


@contextmanager
def open_chromium() -> Iterator[Browser | None]:
    """Yield the machine's Chromium, or None where there is none."""
    path = find_chromium()
    if path is None:
        yield None
        return
    with sync_playwright() as playwright, playwright.chromium.launch(executable_path=path, args=ARGUMENTS) as browser:
        yield browser


@contextmanager
def open_page(browser: Browser) -> Iterator[Page]:
    """Yield a page of a context of its own, which knows nothing of any other's cache."""
    with browser.new_context() as context:
        yield context.new_page()


@contextmanager
def host(folder: Path) -> Iterator[str]:
    """Serve a folder by Python's http.server, as `make site` proposes, and yield its address."""
    command = [sys.executable, "-u", "-m", "http.server", "--bind", "127.0.0.1", "--directory", str(folder), "0"]
    with subprocess.Popen(
        command, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        try:
            said = process.stdout.readline() if process.stdout else ""
            yield said.partition("(")[2].partition("/)")[0]  # Serving HTTP on … port … (http://127.0.0.1:…/) ...
        finally:
            process.terminate()


def wait_for_answer(page: Page, url: str) -> float:
    """Open a page and return the milliseconds from the start of the navigation until the answer's text is painted."""
    page.add_init_script(WATCH)
    page.goto(url)
    return float(page.evaluate("() => shown"))
