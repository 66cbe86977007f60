"""The Streamlit page: against the real function, against answers no one wishes for, and in a browser."""

from __future__ import annotations

import copy
import json
import os
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
import streamlit as st
from playwright.sync_api import Page, Request, WebSocket, expect
from streamlit.testing.v1 import AppTest

from tests.conftest import Trained, free_port, serve, wait_for

APP = Path(__file__).parents[1] / "frontend" / "streamlit" / "app.py"
MARKUP = '**b** _i_ `c` <b>h</b> [l](http://x.example) :red[r] :smile: :material/home: $x^2$ ~~s~~ -> a@b.co &amp; "q"'
PREDICTION = {
    "label": "*no*",
    "probability": 0.25,
    "probabilities": {"*no*": 0.75, "y_es": 0.25},
    "base_rate": 0.5,
    "model_version": "v_1_",
}
MODEL = {
    "version": "v_1_",
    "title": MARKUP,
    "task": "binary",
    "target": {"name": "y", "labels": ["*no*", "y_es"]},
    "caveats": [f"# {MARKUP}"],
}
SCHEMA = {
    "properties": {
        "weight": {
            "x-kind": "number", "x-label": "Weight", "x-unit": "kg", "x-order": 2, "x-step": "any",
            "x-range": [0.5, 4.25], "x-example": 3.125, "type": "number",
        },
        "7": {
            "x-kind": "category", "x-label": MARKUP, "x-order": 0, "x-example": MARKUP, "enum": [MARKUP, "b", "c", "d"],
            "description": MARKUP, "type": "string",
        },
        "age": {
            "x-kind": "number", "x-label": "Age", "x-order": 3, "x-step": 1,
            "x-range": [18, 1_234_567], "x-example": 40.0, "type": "number",
        },
        "smokes": {
            "x-kind": "category", "x-label": "Smokes", "x-order": 1, "x-example": None, "enum": ["*yes*", None],
            "type": ["string", "null"],
        },
    },
}  # fmt: skip


class Stub:
    """A server that answers what a test puts into `answers`: path -> (status, content type, body)."""

    def __init__(self) -> None:
        self.answers: dict[str, tuple[int, str, bytes]] = {}
        self.rows: list[Any] = []
        self.url = ""

    def answer(self, path: str, body: Any, status: int = 200, kind: str = "application/json") -> None:
        content = body if isinstance(body, str) else json.dumps(body)
        self.answers[path] = (status, kind, content.encode())


@pytest.fixture
def stub() -> Iterator[Stub]:
    """A stub that answers as the function would, with a schema of every kind of field, until told otherwise."""
    stub = Stub()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, kind, body = stub.answers[self.path]
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_HEAD(self) -> None:
            self.send_response(200 if self.path in stub.answers else 404)
            self.end_headers()

        def do_POST(self) -> None:
            stub.rows.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.do_GET()

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            pass

    for path, body in {"/schema": SCHEMA, "/model": MODEL, "/predict": PREDICTION}.items():
        stub.answer(path, body)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    stub.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield stub
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(autouse=True)
def _page_path(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Import the page's modules as `streamlit run` does, and keep no answer from one test to the next."""
    monkeypatch.syspath_prepend(str(APP.parent))
    st.cache_data.clear()
    yield
    st.cache_data.clear()


@pytest.fixture
def open_page(monkeypatch: pytest.MonkeyPatch) -> Any:
    def open_page(url: str) -> AppTest:
        monkeypatch.setenv("API_URL", url)
        return AppTest.from_file(str(APP), default_timeout=30).run()

    return open_page


def widgets(page: AppTest) -> list[Any]:
    """Return the widgets of the form in the order of the page."""
    return [node for node in page.main if getattr(node, "key", None) and str(node.key).startswith("field ")]


def submit(page: AppTest) -> AppTest:
    return next(button for button in page.button if button.label == "Predict").click().run()


def panel(page: AppTest) -> str:
    """Return the text of the one panel that tells of a problem, and check that there is no traceback."""
    assert not page.exception
    assert [button.label for button in page.button if button.key == "retry"] == ["Retry"]
    [error] = page.error
    return f"{error.proto.title}\n{error.value}".replace("\u2060", "").replace("\\", "")


def words(page: AppTest) -> str:
    assert not page.exception
    assert not page.error
    [subheader] = page.subheader
    return str(subheader.value)


def shown_percent(page: AppTest) -> list[str]:
    return [metric.value for metric in page.metric]


def test_form_is_the_schema(function_url: str, open_page: Any, trained: Trained) -> None:
    page = open_page(function_url)
    properties = trained.document["schema"]["properties"]
    assert page.title[0].value == trained.document["title"]
    assert len(properties) == 5
    assert [
        (widget.key, widget.label, widget.options, widget.value, widget.help or None) for widget in widgets(page)
    ] == [
        (f"field {name}", field["x-label"], field["enum"], field["x-example"], field.get("description"))
        for name, field in properties.items()
    ]
    assert [widget.type for widget in widgets(page)] == ["selectbox", "selectbox", "radio", "radio", "radio"]


def test_typical_row_is_answered_at_once_as_the_function_answers_it(
    function_url: str, open_page: Any, trained: Trained
) -> None:
    page = open_page(function_url)
    answer = httpx.post(f"{function_url}/predict", json=trained.document["typical_row"]).json()
    assert words(page).startswith(trained.document["target"]["labels"][1] + ": ")
    assert shown_percent(page) == [f"{answer['probability']:.1%}".replace("%", " %"), "9.3 %"]
    assert trained.document["version"] in page.caption[0].value
    assert answer["label"] in page.caption[0].value
    caveats = trained.document["caveats"]
    assert caveats
    assert page.warning[0].value.splitlines() == [f"- {caveat}" for caveat in caveats]


def test_changed_field_changes_the_answer_to_the_functions_own(
    function_url: str, open_page: Any, trained: Trained
) -> None:
    page = open_page(function_url)
    before = shown_percent(page)
    page.radio(key="field tobacco_use_during_pregnancy").set_value("Yes")
    page.selectbox(key="field age_group").set_value("45 to 49 yrs")
    submit(page)
    changes = {"tobacco_use_during_pregnancy": "Yes", "age_group": "45 to 49 yrs"}
    answer = httpx.post(f"{function_url}/predict", json=trained.document["typical_row"] | changes).json()
    assert shown_percent(page)[0] == f"{answer['probability']:.1%}".replace("%", " %")
    assert shown_percent(page) != before
    assert f"{round(answer['probability'] * 100)} in 100, where 9 in 100 is usual" in words(page)


def test_unreachable_function_is_named_and_retried(open_page: Any, trained: Trained) -> None:
    port = free_port()
    page = open_page(f"http://127.0.0.1:{port}")
    assert "cannot be reached" in panel(page)
    assert f"http://127.0.0.1:{port}" in panel(page)
    assert "API_URL" in panel(page)
    with serve(trained.path, port):
        page.button(key="retry").click().run()
        assert " in 100, where 9 in 100 is usual" in words(page)


def test_silent_function_is_given_up_on(open_page: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    import api

    monkeypatch.setattr(api, "TIMEOUT_S", httpx.Timeout(0.2))
    with socket.create_server(("127.0.0.1", 0)) as silent:
        page = open_page(f"http://127.0.0.1:{silent.getsockname()[1]}")
    assert "took too long" in panel(page)
    assert "/schema sent no answer in time" in panel(page)


def test_outage_loses_nothing_that_was_chosen(stub: Stub, open_page: Any) -> None:
    page = open_page(stub.url)
    for path in ("/schema", "/model", "/predict"):
        stub.answer(path, {"detail": "Out of order."}, status=500)
    page.number_input(key="field weight").set_value(1.5)
    page.radio(key="field smokes").set_value("*yes*")
    submit(page)  # what describe() kept still serves
    assert "The prediction function failed" in panel(page)
    assert "Out of order." in panel(page)
    page.button(key="retry").click().run()  # now it is gone
    assert "/schema answered with status 500" in panel(page)
    assert [widget.value for widget in widgets(page)] == [MARKUP, "*yes*", 1.5, 40]
    for path, body in {"/schema": SCHEMA, "/model": MODEL, "/predict": PREDICTION}.items():
        stub.answer(path, body)
    page.button(key="retry").click().run()
    assert words(page).endswith("25 in 100, where 50 in 100 is usual")
    assert stub.rows[-1] == {"7": MARKUP, "smokes": "*yes*", "weight": 1.5, "age": 40}


@pytest.mark.parametrize("path", ["/schema", "/model", "/predict"])
@pytest.mark.parametrize(
    ("status", "kind", "body", "said"),
    [
        (200, "text/html", "<h1>hello</h1>", "not the prediction function's answer"),
        (200, "application/json", "[1, 2]", "not the prediction function's answer"),
        (200, "application/json", '{"other": "service"}', "not the prediction function's answer"),
        (404, "application/json", '{"detail": "Not Found"}', "Not Found"),
        (302, "text/plain", "", "status 302"),
        (502, "text/html", "<script>alert(1)</script>", "The prediction function failed"),
        (500, "application/problem+json", '{"detail": "It broke."}', "It broke."),
    ],
)
def test_answer_that_cannot_be_used_is_a_panel(
    stub: Stub, open_page: Any, path: str, status: int, kind: str, body: str, said: str
) -> None:
    stub.answer(path, body, status, kind)
    page = open_page(stub.url)
    assert said in panel(page)
    assert f"{path} answered with status {status}" in panel(page)
    assert "<script>" not in panel(page)


def test_refused_row_names_each_field(stub: Stub, open_page: Any) -> None:
    errors = [
        {
            "pointer": "/smokes",
            "detail": "This value is not allowed.",
            "given": "_x_",
            "allowed": [],
            "suggestion": "y",
        },
        {"pointer": "/a~1b", "detail": "This field is missing.", "given": None, "allowed": [], "suggestion": None},
    ]
    stub.answer("/predict", {"detail": "The row cannot be used.", "errors": errors}, 422, "application/problem+json")
    page = open_page(stub.url)
    assert "The function refused these values" in panel(page)
    assert "Smokes: This value is not allowed. Given: _x_. Did you mean y?" in panel(page)
    assert "a/b: This field is missing." in panel(page)
    assert len(widgets(page)) == 4
    stub.answer("/predict", PREDICTION)
    assert words(submit(page))


def test_422_without_errors_is_a_panel(stub: Stub, open_page: Any) -> None:
    stub.answer("/predict", "no", 422, "text/plain")
    assert "did not say which" in panel(open_page(stub.url))


@pytest.mark.parametrize("value", ["127.0.0.1:8080", "ftp://127.0.0.1", "http://", "http://127.0.0.1:x", "nonsense"])
def test_bad_api_url_is_named_with_its_cure(open_page: Any, value: str) -> None:
    text = panel(open_page(value))
    assert f"API_URL={value} is not" in text
    assert "such as http://127.0.0.1:8080" in text


def test_numbers_and_missing_values_have_their_widgets(stub: Stub, open_page: Any) -> None:
    page = open_page(stub.url)
    assert [widget.key for widget in widgets(page)] == ["field 7", "field smokes", "field weight", "field age"]
    weight, age = page.number_input
    assert (weight.label, weight.value, weight.step) == ("Weight (kg)", 3.125, 0.01)
    assert weight.help == "0.5 to 4.25 in the data the model learned from."
    assert (age.value, age.step) == (40, 1)
    assert "18 to 1,234,567" in age.help
    assert page.radio[0].options[1] == "Not known"
    assert stub.rows == [{"7": MARKUP, "smokes": None, "weight": 3.125, "age": 40}]
    page.radio[0].set_value("*yes*")
    weight.set_value(2.5)
    submit(page)
    assert stub.rows[-1] == {"7": MARKUP, "smokes": "*yes*", "weight": 2.5, "age": 40}


def test_replaced_model_is_told_and_not_shown_under_the_labels_before(stub: Stub, open_page: Any) -> None:
    page = open_page(stub.url)
    stub.answer("/predict", {**PREDICTION, "model_version": "v2"})
    stub.answer("/model", {**MODEL, "version": "v2", "target": {"name": "y", "labels": ["old", "new"]}})
    submit(page)
    assert page.error[0].value == "Retry reads its form."
    assert len(page.subheader) == 0
    page.button(key="retry").click().run()
    assert page.subheader[0].value.startswith("new: 25 in 100")


def test_report_is_linked_where_there_is_one(stub: Stub, open_page: Any) -> None:
    assert len(open_page(stub.url).get("link_button")) == 0
    stub.answer("/report", "<!doctype html>", kind="text/html")
    st.cache_data.clear()
    (link,) = open_page(stub.url).get("link_button")
    assert (link.proto.label, link.proto.url) == ("How good is this model? Read the report", f"{stub.url}/report")


def test_likeliest_of_several_classes_is_shown_against_its_own_base_rate(stub: Stub, open_page: Any) -> None:
    target = {"name": "tree", "labels": ["Ash", "*Birch*", "Cedar"]}
    stub.answer("/model", {**MODEL, "task": "multiclass", "target": target})
    shares = {"Ash": 0.2, "*Birch*": 0.7, "Cedar": 0.1}
    answer = {"label": "*Birch*", "probability": 0.7, "probabilities": shares, "base_rate": 0.3}
    stub.answer("/predict", {**answer, "model_version": "v_1_"})
    page = open_page(stub.url)
    assert words(page) == r"\*Birch\*: 70 in 100, where 30 in 100 is usual"
    assert shown_percent(page) == ["70.0 %", "30.0 %"]
    assert page.caption[0].value == (
        r"Of all classes: \*Birch\* 70.0 %, Ash 20.0 %, Cedar 10.0 %. Model version v_1\_."
    )


def test_number_is_shown_with_its_typical_error(stub: Stub, open_page: Any) -> None:
    stub.answer("/model", {**MODEL, "task": "regression", "target": {"name": "price_eur"}})
    answer = {"value": 1234567.891, "typical_error": 12.3456, "base_value": 1000000.0, "model_version": "v_1_"}
    stub.answer("/predict", answer)
    page = open_page(stub.url)
    assert words(page) == "price_eur: 1,234,567.9, where 1,000,000.0 is usual"
    assert [(metric.label, metric.value) for metric in page.metric] == [
        ("This answer", "1,234,567.9"),
        ("Typical error", "12.3"),
        ("Usual", "1,000,000.0"),
    ]
    assert page.caption[0].value == r"Model version v_1\_."


@pytest.mark.parametrize(
    ("value", "error", "said"),
    [
        (1234.5678, 321.0, "1,235"),
        (-1.23456, 0.0456, "-1.2346"),
        (3.0, 1.0, "3.00"),
        (0.5, 0.0, "0.500000"),
        (1e-20, 1e-20, "0.000000000000"),
    ],
)
def test_numbers_have_three_figures_of_their_error(value: float, error: float, said: str) -> None:
    from words import number

    assert number(value, error) == said


def test_schema_is_asked_for_anew_after_a_failure(stub: Stub, open_page: Any) -> None:
    page = open_page(stub.url)
    changed = copy.deepcopy(SCHEMA)
    changed["properties"]["smokes"]["enum"] = ["new", None]
    stub.answer("/schema", changed)
    assert page.run().radio[0].options[0] == r"\*yes\*"  # kept for a while
    stub.answer("/predict", {"errors": []}, 422)
    submit(page)
    stub.answer("/predict", PREDICTION)
    assert submit(page).radio[0].options[0] == "new"


@pytest.mark.parametrize(
    ("probability", "base_rate", "said"),
    [
        (0.1069, 0.0932, "11 in 100, where 9 in 100 is usual"),
        (0.014, 0.016, "14 in 1,000, where 16 in 1,000 is usual"),
        (0.0107, 0.0093, "11 in 1,000, where 9 in 1,000 is usual"),
        (0.0003, 0.002, "3 in 10,000, where 20 in 10,000 is usual"),
        (0.00002, 0.001, "fewer than 1 in 10,000, where 10 in 10,000 is usual"),
        (0.99999, 0.9, "more than 9,999 in 10,000, where 9,000 in 10,000 is usual"),
        (0.996, 0.9, "996 in 1,000, where 900 in 1,000 is usual"),
        (0.0, 0.25, "0 in 100, where 25 in 100 is usual"),
        (0.25, 0.25, "25 in 100, as is usual"),
        (0.09324, 0.09322, "932 in 10,000, as is usual"),
    ],
)
def test_probabilities_are_counts_of_a_number_that_suits(probability: float, base_rate: float, said: str) -> None:
    from words import in_words

    assert in_words(probability, base_rate) == said


@contextmanager
def streamlit_running(url: str) -> Iterator[str]:
    """Serve the page with the real `streamlit run`, as the demo does."""
    address = f"http://127.0.0.1:{(port := free_port())}"
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.address", "127.0.0.1"]
    process = subprocess.Popen(
        [*command, "--server.port", str(port)],
        cwd=APP.parent,
        env={**os.environ, "API_URL": url},
        stdout=subprocess.DEVNULL,
    )
    try:
        wait_for(f"{address}/_stcore/health", process)
        yield address
    finally:
        process.terminate()
        process.wait(timeout=10)


def record_origins(page: Page) -> set[str]:
    """Return the set of origins that the page asks, web sockets included; it fills while the page is used."""
    origins: set[str] = set()

    def record(asked: Request | WebSocket) -> None:
        if match := re.match(r"(?:http|ws)(s?://[^/]+)", asked.url):
            origins.add("http" + match[1])

    page.on("request", record)
    page.on("websocket", record)
    return origins


def test_page_works_in_a_browser_and_asks_no_other_origin(page: Page, function_url: str, trained: Trained) -> None:
    origins = record_origins(page)
    typical = trained.document["typical_row"]
    positive = trained.document["target"]["labels"][1]
    with streamlit_running(function_url) as url:
        page.goto(url)
        for changes in ({}, {"tobacco_use_during_pregnancy": "Yes", "age_group": "45 to 49 yrs"}):
            if changes:
                page.get_by_role("radiogroup", name="Tobacco use during pregnancy").get_by_text("Yes").click()
                page.get_by_role("combobox", name="Mother's age").click()
                page.get_by_role("option", name="45 to 49 yrs").click()
                page.get_by_role("button", name="Predict").click()
            answer = httpx.post(f"{function_url}/predict", json=typical | changes).json()
            said = f"{positive}: {round(answer['probability'] * 100)} in 100, where 9 in 100 is usual"
            expect(page.get_by_role("heading", name=said)).to_be_visible(timeout=30_000)
            expect(page.locator("svg, canvas").first).to_be_visible()
        assert page.title() == trained.document["title"]
        expect(page.get_by_text("Deploy")).to_have_count(0)
        assert origins == {url}


def test_text_of_the_api_is_shown_as_it_is(page: Page, stub: Stub) -> None:
    def seen(*complete_with: str) -> str:
        for text in complete_with:
            page.get_by_text(text).wait_for(timeout=30_000)
        return page.locator("body").inner_text().replace("\u2060", "")

    errors = [{"pointer": "/7", "detail": MARKUP, "given": "1. x"}]
    with streamlit_running(stub.url) as url:
        page.goto(url)
        texts = seen("25 in 100", "Model version", "Before you rely on this", "Not known")
        assert texts.count(MARKUP) == 3  # title, label, caveat
        assert f"# {MARKUP}" in texts
        assert "*yes*" in texts
        assert "The likelier class is *no* (75.0 %). Model version v_1_." in texts
        expect(page.get_by_role("combobox")).to_have_value(MARKUP)
        stub.answer("/predict", {"errors": errors}, 422)
        page.get_by_role("button", name="Predict").click()
        assert f"{MARKUP}: {MARKUP} Given: 1. x." in seen("refused these values", "Given")
        assert page.locator("#root :is(del, code, em, .katex, img, a[href^=http], a[href^=mailto])").count() == 0


@pytest.mark.parametrize(
    ("text", "markdown"),
    [
        ("Mother's age, 18.5 to 30 (kg/m2) - Yes!", "Mother's age, 18.5 to 30 (kg/m2) - Yes!"),
        ("previous_births", "previous_births"),
        ("__init__", r"\_\_init\_\_"),
        ("# a\n\n    code", r"\# a code"),
        ("1. x", "1\u2060. x"),
        ("www.x.example", "www\u2060.x.example"),
        ("a -- b", "a -\u2060- b"),
        (":a: b", ":\u2060a: b"),
    ],
)
def test_only_what_is_read_as_markdown_is_escaped(text: str, markdown: str) -> None:
    from words import literal

    assert literal(text) == markdown
