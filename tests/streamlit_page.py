"""The Streamlit page in tests: a stub of the function, and the page opened without a browser or served for one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from tests.conftest import free_port, wait_for

APP = Path(__file__).parents[1] / "frontend" / "streamlit" / "app.py"
MARKUP = '**b** _i_ `c` <b>h</b> [l](http://x.example) :red[r] :smile: :material/home: $x^2$ ~~s~~ -> a@b.co &amp; "q"'
PREDICT = "/predict?explain=true"
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
            "x-range": [18, 1_234_567], "x-example": 40.0, "type": "integer",
        },
        "smokes": {
            "x-kind": "category", "x-label": "Smokes", "x-order": 1, "x-example": None, "enum": ["*yes*", None],
            "type": ["string", "null"],
        },
    },
}  # fmt: skip

Answer = tuple[int, str, bytes]
OpenPage = Callable[..., AppTest]


class Stub:
    """A server that answers what a test puts into `answers`: path -> (status, content type, body), or a function."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer | Callable[[bytes], Answer]] = {}
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
            self.send(b"")

        def send(self, body: bytes) -> None:
            found = stub.answers[self.path]
            status, kind, content = found(body) if callable(found) else found
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            self.send_header("X-Model-Version", "v_1_")
            self.end_headers()
            self.wfile.write(content)

        def do_HEAD(self) -> None:
            self.send_response(200 if self.path in stub.answers else 404)
            self.end_headers()

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers["Content-Type"] == "application/json":
                stub.rows.append(json.loads(body))
            self.send(body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            pass

    for path, body in {"/schema": SCHEMA, "/model": MODEL, PREDICT: PREDICTION}.items():
        stub.answer(path, body)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    stub.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield stub
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(autouse=True)
def page_path(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Import the page's modules as `streamlit run` does, and keep no answer from one test to the next.

    Streamlit makes of the page the module __main__, which a process that is spawned later would import.
    """
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])
    monkeypatch.syspath_prepend(str(APP.parent))
    monkeypatch.delenv("PUBLIC_API_URL", raising=False)
    st.cache_data.clear()
    yield
    st.cache_data.clear()


@pytest.fixture
def open_page(monkeypatch: pytest.MonkeyPatch) -> OpenPage:
    def open_page(url: str, tab: str = "Predict", secrets: dict[str, Any] | None = None, **parameters: str) -> AppTest:
        monkeypatch.setenv("API_URL", url)
        page = AppTest.from_file(str(APP), default_timeout=30)
        page.session_state["tab"] = tab
        page.secrets.update(secrets or {})
        page.query_params.update(parameters)
        return page.run()

    return open_page


def show_tab(page: AppTest, name: str) -> AppTest:
    page.session_state["tab"] = name
    return page.run()


def widgets(page: AppTest) -> list[Any]:
    """Return the widgets of the form in the order of the page."""
    return [node for node in page.main if getattr(node, "key", None) and str(node.key).startswith("field ")]


def submit(page: AppTest) -> AppTest:
    return next(button for button in page.button if button.label == "Predict").click().run()


def panel(page: AppTest, key: str = "retry") -> str:
    """Return the text of the one panel that tells of a problem, and check that there is no traceback."""
    assert not page.exception
    assert [button.key for button in page.button if button.label == "Retry"] == [key]
    [error] = page.error
    return f"{error.proto.title}\n{error.value}".replace("\u2060", "").replace("\\", "")


def words(page: AppTest) -> str:
    """Return the answer in words: what, how much, and how that compares."""
    assert not page.exception
    assert not page.error
    return f"{page.header[0].value}, {page.markdown[1].value}"


def charts(page: AppTest) -> list[str]:
    """Return what each chart says to those who do not see it."""
    return [node.proto.alt for node in page.get("vega_lite_chart")]


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
