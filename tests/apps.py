"""Apps around small models with strange columns, asked in this process."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import httpx

from predict.app import create_app
from predict.model import FORMAT, Model, document_version
from predict.scorer import Scorer
from predict.settings import Settings

LARGEST = 3.4028234663852886e38
STRANGE = {
    "body mass, kg/m²": {
        "type": "number",
        "minimum": -LARGEST,
        "maximum": LARGEST,
        "x-kind": "number",
        "x-label": "BMI",
    },
    "class": {"type": ["string", "null"], "enum": ["it's", None], "x-kind": "category", "x-label": "Class"},
    "$defs": {"type": "string", "enum": ["a", "b"], "x-kind": "category", "x-label": "Dump"},
}

LONG = "n" * 200
NUMBER = {"minimum": -LARGEST, "maximum": LARGEST, "x-kind": "number"}
MIXED: dict[str, dict[str, Any]] = {
    "1st": {"type": ["integer", "null"], **NUMBER, "x-step": 1, "x-range": [0.0, 120.0], "x-example": 40.0},
    "__proto__": {"type": "string", "enum": ["it's", "b", "é 🎈"], "x-kind": "category", "x-example": "it's"},
    'class "def"': {
        "type": ["boolean", "null"],
        "enum": [False, True, None],
        "x-kind": "boolean",
        "x-example": True,
    },
    "a/b~c": {
        "type": ["string", "null"],
        "format": "date",
        "x-kind": "date",
        "x-range": ["2019-01-31", "2024-12-01"],
        "x-format": "%d/%m/%Y",
        "x-example": "2024-01-31",
    },
    "été, 🎈\n<b>": {
        "type": "string",
        "x-kind": "category",
        "x-choices": ["x", "y", "(other)"],
        "x-other": "(other)",
        "x-example": "y",
    },
    "2": {
        "type": ["number", "null"],
        **NUMBER,
        "x-step": "any",
        "x-range": [0.5, 2.5],
        "x-unit": "kg",
        "x-example": None,
    },
    LONG: {"type": "string", "enum": ["low", "high"], "x-kind": "category", "x-ordered": True, "x-example": "low"},
    "'": {
        "type": "string",
        "format": "date",
        "x-kind": "date",
        "x-range": ["2020-02-29"] * 2,
        "x-example": "2020-02-29",
    },
}
for order, name in enumerate(MIXED):
    MIXED[name] |= {"x-label": f"{name[:20]} of {order}", "x-order": order}
TYPICAL = {name: value["x-example"] for name, value in MIXED.items()}


def strange_model() -> Model:
    """Return a binary model: the log odds are the body mass, plus 1 for "it's" and 1 for "b"."""
    row = {"body mass, kg/m²": 2.0, "class": None, "$defs": "a"}
    document = {
        "version": "0123456789ab",
        "name": "strange",
        "title": "Strange",
        "task": "binary",
        "target": {"name": "y", "classes": ["0", "1"], "labels": ["no", "yes"]},
        "baseline": {"class_rates": [0.5, 0.5]},
        "schema": {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "type": "object",
            "properties": STRANGE,
            "required": ["body mass, kg/m²", "$defs"],
            "additionalProperties": False,
        },
        "typical_row": row,
    }
    inputs = [
        {"field": "class", "one_hot": ["it's", None]},
        {"field": "$defs", "one_hot": ["a", "b"]},
        {"field": "body mass, kg/m²", "mean": 0.0, "scale": 1.0},
    ]
    model = {"type": "linear", "link": "logit", "intercept": [0.0], "coefficients": [[1.0, 0.0, 0.0, 1.0, 1.0]]}
    return Model(document, Scorer({"inputs": inputs, "model": model}))


def mixed_model() -> Model:
    """Return a regression on a field of each kind, under names that JSON, CSV, HTML or a language has a use for.

    The value is the sum of what each field adds, see `inputs`.
    """
    inputs: list[dict[str, Any]] = [
        {"field": "1st", "mean": 0.0, "scale": 10.0, "missing": -1.0},
        {"field": "__proto__", "choices": ["it's", "b", "é 🎈"], "codes": [100.0, 200.0, 300.0]},
        {"field": 'class "def"', "choices": [False, True, None], "codes": [1000.0, 2000.0, 3000.0]},
        {"field": "a/b~c", "part": "days", "since": "2024-01-01", "mean": 0.0, "scale": 0.0001, "missing": -5000.0},
        {"field": "été, 🎈\n<b>", "choices": ["x", "y"], "codes": [1e7, 2e7], "other": 3e7},
        {"field": "2", "mean": 0.0, "scale": 1.0, "missing": 0.25},
        {"field": LONG, "choices": ["low", "high"], "codes": [1e8, 2e8]},
        {"field": "'", "part": "year", "mean": 0.0, "scale": 1.0},
    ]
    coefficients = [[1.0] * len(inputs)]
    model = {"type": "linear", "link": "identity", "intercept": [0.0], "coefficients": coefficients}
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "properties": MIXED,
        "required": [name for name, value in MIXED.items() if "null" not in value["type"]],
        "additionalProperties": False,
    }
    document = {
        **strange_model().document,
        "format": FORMAT,
        "task": "regression",
        "target": {"name": "y"},
        "baseline": {"base_value": 1.0, "typical_error": 2.0},
        "caveats": [],
        "schema": schema,
        "typical_row": TYPICAL,
        "estimator": {"inputs": inputs, "model": model},
    }
    return Model({**document, "version": document_version(document)}, Scorer(document["estimator"]))


def of_task(task: str) -> Model:
    """Return the strange model with a target of another task."""
    strange = strange_model()
    target, baseline, estimator = {
        "multiclass": (
            {"name": "y", "labels": ["a", "b", "c"]},
            {"class_rates": [0.2, 0.3, 0.5]},
            {"link": "softmax", "intercept": [0.0, 1.0, -1.0], "coefficients": [[1.0], [-1.0], [0.5]]},
        ),
        "regression": (
            {"name": "y"},
            {"base_value": 1.0, "typical_error": 2.0},
            {"link": "identity", "intercept": [0.5], "coefficients": [[3.0]]},
        ),
    }[task]
    inputs = [{"field": "body mass, kg/m²", "mean": 0.0, "scale": 1.0}]
    return Model(
        {**strange.document, "task": task, "target": target, "baseline": baseline},
        Scorer({"inputs": inputs, "model": {"type": "linear", **estimator}}),
    )


def send(
    model: Model, method: str, path: str, page: Path | None = None, settings: Settings | None = None, **options: Any
) -> httpx.Response:
    """Return what an app with `model`, the files of `page` and its report.html answers to a request."""
    page = page or Path(__file__).parent
    app = create_app(model, page, page / "report.html", settings or Settings())

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://function") as client:
            return await client.request(method, path, **options)

    # Not asyncio.run, which would leave the loop that Mangum has set for this thread unclosed.
    with asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
        return runner.run(ask())


def post(model: Model, row: Any, path: str = "/predict") -> httpx.Response:
    """Return what an app with `model` answers to a row."""
    return send(model, "POST", path, json=row)
