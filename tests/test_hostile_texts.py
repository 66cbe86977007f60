"""Names, categories and labels that are markup are shown as texts: on both pages, in the report, CSV and notebook."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from predict.model import Model
from tests.apps import send
from tests.conftest import serve
from tests.hostile import (
    CATEGORIES,
    CAVEAT,
    FIELD,
    IMAGE,
    LABELS,
    MARKDOWN,
    OTHER,
    SCRIPT,
    assert_harmless,
    write_problem,
)
from tests.hostile import hostile as hostile
from tests.hostile import hostile_model as hostile_model
from tests.pages import control, open_page, settle
from tests.streamlit_page import streamlit_running
from training import ROOT, notebook
from training.notebook import READS, execute

SLOW_MS = 60_000
OF_BIRTHS = re.compile(r"(care|age|within) = |assert (care|age|max\(each|document\[.metrics.\]\[.chosen.)")
SHOWS = "(text) => document.body.innerText.replaceAll('\\u2060', '').includes(text)"


@pytest.fixture(scope="module")
def url(hostile: Path) -> Iterator[str]:
    with serve(hostile) as url:
        yield url


def as_csv(rows: list[list[str]]) -> str:
    file = io.StringIO()
    csv.writer(file).writerows(rows)
    return file.getvalue()


def test_page_shows_texts_and_asks_no_other_origin(page: Page, url: str, hostile_model: Model) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    answer = open_page(page, url)
    field = hostile_model.document["schema"]["properties"][FIELD]
    for category in CATEGORIES:
        control(page, field, category).click()
        settle(page)
        label = hostile_model.predict({FIELD: category, OTHER: "a"})
        expect(answer).to_contain_text(list(label["probabilities"])[1])
        assert_harmless(page)
    for tab in page.get_by_role("tab").all():
        tab.click()
        expect(page.get_by_role("tabpanel").get_by_role("heading").first).to_be_visible()
        assert_harmless(page)
    page.get_by_role("tab", name="Many rows").click()
    rows = [[FIELD, OTHER, IMAGE], *([category, "a", SCRIPT] for category in CATEGORIES), [MARKDOWN * 2, "a", ""]]
    page.locator("input[type=file]").set_input_files(
        {"name": f"{IMAGE}.csv", "mimeType": "text/csv", "buffer": as_csv(rows).encode()}
    )
    button = page.get_by_role("button", name="Download with predictions")
    expect(button).to_be_visible()
    text = assert_harmless(page)
    assert MARKDOWN * 2 in text
    assert SCRIPT in text
    with page.expect_download() as download:
        button.click()
    (header, *found) = csv.reader(download.value.path().read_text(encoding="utf-8-sig").splitlines())
    assert [row[:3] for row in [header, *found]] == rows
    assert {dict(zip(header, row, strict=True))["label"] for row in found[:-1]} <= set(LABELS.values())
    assert [each for each in asked if not each.startswith((f"{url}/", "blob:"))] == []


def test_answers_and_csv_hold_the_texts_as_they_are(hostile_model: Model) -> None:
    header = {"Content-Type": "text/csv"}
    text = as_csv([[FIELD, OTHER], *([category, "a"] for category in CATEGORIES)])
    answer = send(hostile_model, "POST", "/predict/batch", content=text.encode(), headers=header)
    assert answer.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert len(rows) == len(CATEGORIES)
    assert {row["label"] for row in rows} <= set(LABELS.values())
    assert {f"probabilities.{label}" for label in LABELS.values()} <= set(rows[0])


def test_report_shows_texts(page: Page, url: str) -> None:
    page.goto(f"{url}/report")
    text = assert_harmless(page)
    for expected in (f"Title {IMAGE}", CAVEAT, *LABELS.values()):
        assert expected in text


def test_streamlit_shows_texts(page: Page, url: str, hostile_model: Model) -> None:
    with streamlit_running(url) as address:
        page.goto(address)
        for expected in (f"Title {IMAGE}", f"Label {IMAGE}", CAVEAT, f"{LABELS['yes']}: "):
            page.wait_for_function(SHOWS, arg=expected, timeout=SLOW_MS)
        assert_harmless(page, "#root")
        page.get_by_role("tab", name="Model", exact=True).click()
        expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning", timeout=SLOW_MS)
        assert_harmless(page, "#root")


def forget_births(path: Path) -> None:
    """Take from a notebook the lines that assert what its text says of births."""
    document = json.loads(path.read_text(encoding="utf-8"))
    left_out = 0
    for cell in document["cells"]:
        kept = [line for line in cell["source"] if cell["cell_type"] == "markdown" or not OF_BIRTHS.match(line)]
        left_out += len(cell["source"]) - len(kept)
        cell["source"] = kept
    assert left_out == 7
    path.write_text(json.dumps(document), encoding="utf-8")


def test_notebook_shows_texts(page: Page, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tmp_path / "root"
    for name in READS:
        shutil.copytree(ROOT / name, root / name, ignore=notebook.LEFT_OUT)
    write_problem(root)
    forget_births(root / notebook.NOTEBOOK)
    monkeypatch.setattr(notebook, "ROOT", root)
    executed = execute(tmp_path / "copy")
    command = [sys.executable, "-m", "nbconvert", "--to", "html", "--no-input", str(executed)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    page.route("https://**", lambda route: route.abort())  # of MathJax
    page.goto(executed.with_suffix(".html").as_uri())
    text = assert_harmless(page)
    assert CAVEAT in text
    assert LABELS["yes"].lower() in text
    assert SCRIPT in text


def test_pages_policy_stops_what_is_injected_all_the_same(page: Page, url: str) -> None:
    """As if a text had become markup by a bug."""
    stopped: list[str] = []
    page.expose_function("stopped", lambda what: stopped.append(what))
    open_page(page, url)
    page.evaluate(
        """async () => {
            document.addEventListener("securitypolicyviolation", (event) => stopped(event.effectiveDirective));
            const add = (html) => document.body.insertAdjacentHTML("beforeend", html);
            add('<img src=x onerror="window.ran=1"><img src="http://127.0.0.1:9/x.png">');
            add('<iframe src="http://127.0.0.1:9/"></iframe><form action="http://127.0.0.1:9/"></form>');
            add('<base href="http://127.0.0.1:9/"><p style="color: red">');
            document.body.append(Object.assign(document.createElement("script"), { text: "window.ran = 1" }));
            document.body.append(Object.assign(document.createElement("script"), { src: "http://127.0.0.1:9/x.js" }));
            document.forms[document.forms.length - 1].submit();
            await fetch("http://127.0.0.1:9/").catch(() => 0);
        }"""
    )
    expect(page.locator("img[src=x]")).to_have_js_property("complete", True)
    kinds = {"script-src-attr", "script-src-elem", "img-src", "frame-src", "form-action", "base-uri", "connect-src"}
    kinds.add("style-src-attr")
    for _ in range(100):
        if kinds <= set(stopped):
            break
        page.wait_for_timeout(50)
    assert kinds == set(stopped)
    assert page.evaluate("window.ran") is None
    assert page.url.startswith(url)


ADD_FRAME = """(path) => new Promise((done) => {
    const frame = Object.assign(document.createElement("iframe"), { src: path, onload: done });
    document.body.append(frame);
})"""


@pytest.mark.parametrize("path", ["/", "/report", "/docs"])
def test_page_cannot_be_framed(page: Page, url: str, path: str) -> None:
    page.goto(f"{url}/health")
    for framed in (path, "/health"):  # which may be
        page.evaluate(ADD_FRAME, framed)
    assert [frame.url for frame in page.frames[1:]] == ["chrome-error://chromewebdata/", f"{url}/health"]


def test_api_page_runs_its_own_scripts_only(page: Page, url: str) -> None:
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    cdn = "https://cdn.jsdelivr.net/npm/swagger-ui-dist@5/"
    stub = "window.SwaggerUIBundle = (options) => { window.asked = options.url; }; SwaggerUIBundle.presets = {};"
    page.route(f"{cdn}*.js", lambda route: route.fulfill(body=stub, content_type="text/javascript"))
    page.route(f"{cdn}*.css", lambda route: route.fulfill(body="body { color: red }", content_type="text/css"))
    page.goto(f"{url}/docs")
    assert page.evaluate("window.asked") == "openapi.json"
    assert page.title() == f"Title {IMAGE}"
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(255, 0, 0)"
    assert said == []
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=\"window.ran=1\">')")
    page.evaluate("document.body.append(Object.assign(document.createElement('script'), { text: 'window.ran = 1' }))")
    other = "https://cdn.jsdelivr.net/npm/other/x.js"
    page.evaluate("(src) => document.body.append(Object.assign(document.createElement('script'), { src }))", other)
    expect(page.locator("img[src=x]")).to_have_js_property("complete", True)
    assert page.evaluate("window.ran") is None
    assert sum("Content Security Policy" in line for line in said) == 3
