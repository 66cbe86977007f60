"""The static page: what the browser loads of it, when its first answer is seen, a redraw, and a file of rows."""

from __future__ import annotations

import tempfile
from functools import partial
from pathlib import Path

from playwright.sync_api import Browser

from benchmarks.bar import Bar
from benchmarks.browser import host, open_chromium, open_page, wait_for_answer
from benchmarks.figure import Figure, figures_of, median_of
from benchmarks.file import bench_file
from benchmarks.measure import FLOOR, Measure, take_turns
from benchmarks.packages import install
from benchmarks.redraw import bench_redraws
from benchmarks.throughput import HOST, serve
from infra.package import PAGE
from infra.site import build
from predict.model import Model
from training.dataset import Dataset

OPENINGS = 20
ALONE, ONLINE = "page alone", "page and function"
WEIGHED = (".html", ".css", ".js")
FLOOR_PAGE = '<!doctype html><title>Floor</title><div id="answer"><p>8 in 100</p></div>'

LOADED = """() => [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
  .filter(({ entryType, name }) => entryType === "navigation" || /[.](css|js)$/.test(new URL(name).pathname))
  .map(({ decodedBodySize }) => decodedBodySize)"""


def bench_page(function: Path, served: Model, dataset: Dataset) -> tuple[list[Bar], list[Figure]]:
    """Measure the page in a browser, alone on a static host and with the function of a package under uvicorn."""
    with tempfile.TemporaryDirectory() as folder, open_chromium() as browser:
        if browser is None:
            print("Chromium is not installed: the page is not measured")
            return [], []
        site = Path(folder) / "site"
        build(site)
        (site / "floor.html").write_text(FLOOR_PAGE, encoding="utf-8")
        with host(site) as alone, serve(function, install("server", {})) as port:
            urls = {ALONE: f"{alone}/", ONLINE: f"http://{HOST}:{port}/", FLOOR: f"{alone}/floor.html"}
            found = [
                weigh_page(browser, alone),
                bench_openings(browser, urls),
                bench_redraws(browser, alone),
                bench_file(browser, alone, served, dataset),
            ]
    return [bar for bars, _ in found for bar in bars], [figure for _, figures in found for figure in figures]


def weigh_page(browser: Browser, url: str) -> tuple[list[Bar], list[Figure]]:
    """Weigh the HTML, CSS and JavaScript that is loaded until the first answer is shown, and all that there is."""
    with open_page(browser) as page:
        wait_for_answer(page, url)
        loaded: list[int] = page.evaluate(LOADED)
    all_of_it = [path.stat().st_size for path in PAGE.rglob("*") if path.suffix in WEIGHED]
    name = f"page, {len(loaded)} files of HTML, CSS and JavaScript loaded, kB"
    whole = Figure(f"page, all {len(all_of_it)} files of HTML, CSS and JavaScript, kB", sum(all_of_it) / 1e3)
    return [Bar(name, sum(loaded) / 1e3, most=90)], [whole]


def bench_openings(browser: Browser, urls: dict[str, str]) -> tuple[list[Bar], list[Figure]]:
    """Open the page alone, with the function, and an empty page of the same host 20 times each."""

    def opened(url: str) -> float:
        with open_page(browser) as page:
            return wait_for_answer(page, url)

    runs = {name: partial(opened, url) for name, url in urls.items()}
    measure = Measure("page, first answer", "ms", take_turns(runs, OPENINGS))
    return [Bar("page, first answer, ms", median_of(measure.rounds[ALONE]), most=300)], figures_of(measure, FLOOR)
