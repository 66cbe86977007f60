"""Apps around small models with strange columns, asked in this process."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import httpx

from predict.app import create_app
from predict.model import Model
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
