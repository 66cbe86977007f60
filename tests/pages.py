"""What tests of the static page share: models with columns of every kind, and ways to use the page."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page, Request, Response, expect

from predict.model import FORMAT, Model, document_version
from predict.scorer import LARGEST_NUMBER
from tests.clouds import Deployed
from tests.conftest import serve

MARKUP = "<img src=x onerror=alert(1)> &amp; <b>bold</b>"
FIELDS: dict[str, Any] = {
    "10": {"type": "number", "minimum": -LARGEST_NUMBER, "maximum": LARGEST_NUMBER, "x-kind": "number"}
    | {"x-label": "<b>Age</b>", "x-order": 1, "x-example": 41.5, "x-range": [21.0, 80.5], "x-step": "any"}
    | {"x-unit": "years", "description": "<u>At</u> the visit."},
    "20": {"type": ["string", "null"], "enum": [MARKUP, "B & C", None], "x-kind": "category"}
    | {"x-label": "Status &amp; more", "x-order": 0, "x-example": None},
    "a/b~c": {"type": "string", "enum": ["W" * 60, "x", "y", "z"], "x-kind": "category"}
    | {"x-label": "Long", "x-order": 2, "x-example": "y"},
    "rooms": {"type": "number", "minimum": -LARGEST_NUMBER, "maximum": LARGEST_NUMBER, "x-kind": "number"}
    | {"x-label": "Rooms", "x-order": 3, "x-example": 3.0, "x-range": [1.0, 5.0], "x-step": 1},
}
TYPICAL = {name: field["x-example"] for name, field in FIELDS.items()}
INPUTS = [
    {"field": "20", "one_hot": FIELDS["20"]["enum"]},
    {"field": "a/b~c", "one_hot": FIELDS["a/b~c"]["enum"]},
    {"field": "10", "mean": 50.0, "scale": 10.0},
    {"field": "rooms", "mean": 3.0, "scale": 1.0},
]
WEIGHTS = [0.5, -0.25, 0.0, 0.1, 0.2, 0.3, 0.4, -0.8, 0.6]
TASKS: dict[str, dict[str, Any]] = {
    "binary": {
        "target": {"name": "y", "classes": ["0", "1"], "labels": ["no", "<b>yes</b>"]},
        "baseline": {"base_rate": 0.3, "class_rates": [0.7, 0.3]},
        "model": {"type": "linear", "link": "logit", "intercept": [-1.0], "coefficients": [WEIGHTS]},
    },
    "multiclass": {
        "target": {"name": "tree", "classes": ["a", "b", "10"], "labels": ["Ash", "<b>Birch</b>", "10"]},
        "baseline": {"class_rates": [0.2, 0.3, 0.5]},
        "model": {
            "type": "linear",
            "link": "softmax",
            "intercept": [0.0, 1.0, -1.0],
            "coefficients": [WEIGHTS, [0.0] * 9, [-each for each in WEIGHTS]],
        },
    },
    "regression": {
        "target": {"name": "price"},
        "baseline": {"base_value": 1e6, "typical_error": 12.3456},
        "model": {
            "type": "linear",
            "link": "identity",
            "intercept": [1_000_000.0],
            "coefficients": [[100 * each for each in WEIGHTS]],
        },
    },
}


def make_document(task: str, **changes: Any) -> dict[str, Any]:
    """Return a model.json of the task, with features of every kind and markup in its texts."""
    chosen = TASKS[task]
    document = {
        "format": FORMAT,
        "name": "hostile",
        "title": "Hostile",
        "task": task,
        "target": chosen["target"],
        "caveats": [MARKUP],
        "schema": {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": "Hostile",
            "type": "object",
            "properties": FIELDS,
            "required": ["10", "a/b~c", "rooms"],
            "additionalProperties": False,
            "x-examples": [{"name": "Rather <b>yes</b>", "row": {**TYPICAL, "10": 80.0, "20": "B & C"}}],
        },
        "typical_row": TYPICAL,
        "baseline": chosen["baseline"],
        "metrics": {"verdict": [f"It ranks {MARKUP}."]},
        "provenance": {"data": {"file": "t.csv", "sha256": "0" * 64, "rows": 1234, "distinct_rows": 1000}, "seed": 0},
        "parity": {"tolerance": 1e-12, "scale": 1.0},
        "estimator": {"name": "linear", "inputs": INPUTS, "model": chosen["model"]},
        **changes,
    }
    return copy.deepcopy({"version": document_version(document), **document})


@contextmanager
def serve_document(document: dict[str, Any], folder: Path) -> Iterator[str]:
    """Serve a function with this model.json and yield its address."""
    path = folder / "model.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    with serve(path) as url:
        yield url


def properties(schema: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """Return the properties in their order."""
    return sorted(schema["properties"].items(), key=lambda item: item[1]["x-order"])


def open_page(page: Page, url: str) -> Locator:
    """Open the page, wait for the first answer to be settled and return the place where answers are shown."""
    page.goto(url)
    answer = page.get_by_role("status")
    expect(answer).to_contain_text("is usual")
    settle(page)
    return answer


def settle(page: Page) -> None:
    """Wait until the newest row is answered."""
    expect(page.locator("#result")).to_have_attribute("aria-busy", "false")


def control(page: Page, value: dict[str, Any], choice: str) -> Locator:
    """Return what chooses `choice` in the field of the property `value`."""
    group = page.get_by_role("radiogroup", name=value["x-label"])
    return group.get_by_role("radio", name=choice, exact=True) if group.count() else page.get_by_label(value["x-label"])


def sent(request: Request) -> dict[str, Any]:
    """Return the row of a request."""
    return dict(json.loads(request.post_data or "null"))


def answer_with(body: dict[str, Any], status: int = 200) -> Any:
    """Return a handler of routes that answers with JSON."""
    return lambda route: route.fulfill(status=status, json=body)


def without_twin(page: Page) -> None:
    """Let the page have no model to compute with, so that it asks the function for everything."""
    page.route("**/model.json", lambda route: route.fulfill(status=413, json={"detail": "Too large."}))


def ask_through_the_page(page: Page, deployed: Deployed, model: Model) -> None:
    """Open the website's page, and hold it to ask the function's URL, to be answered, and to read its headers."""
    answers: list[Response] = []
    page.on("response", lambda response: answers.append(response))
    open_page(page, deployed.website_url)
    expect(page.get_by_text(model.version).first).to_be_attached()
    asked = [answer for answer in answers if answer.url.startswith(deployed.function_url)]
    assert {answer.status for answer in asked} == {200}
    posted = [answer for answer in asked if answer.request.method == "POST"]
    assert [answer.url for answer in posted] == [f"{deployed.function_url}/predict?explain=true"]
    read = "(address) => fetch(address).then((response) => response.headers.get('x-model-version'))"
    assert page.evaluate(read, f"{deployed.function_url}/health") == model.version
