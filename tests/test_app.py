"""The app: any table's columns, the page's folder, and what happens when the function itself fails."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from predict.app import create_app, page_folder
from predict.model import Model
from predict.scorer import Scorer
from training import ROOT

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
    "model_dump": {"type": "string", "enum": ["a", "b"], "x-kind": "category", "x-label": "Dump"},
}


def strange_model() -> Model:
    row = {"body mass, kg/m²": 2.0, "class": None, "model_dump": "a"}
    document = {
        "version": "0123456789ab",
        "name": "strange",
        "title": "Strange",
        "target": {"name": "y", "positive_label": "yes", "negative_label": "no"},
        "baseline": {"base_rate": 0.5},
        "schema": {"properties": STRANGE, "required": ["body mass, kg/m²", "model_dump"]},
        "typical_row": row,
    }
    inputs = [
        {"field": "class", "one_hot": ["it's", None]},
        {"field": "model_dump", "one_hot": ["a", "b"]},
        {"field": "body mass, kg/m²", "mean": 0.0, "scale": 1.0},
    ]
    model = {"type": "linear", "intercept": 0.0, "coefficients": [1.0, 0.0, 0.0, 0.0, 1.0]}
    return Model(document, Scorer({"inputs": inputs, "model": model}))


def post(model: Model, page: Path, row: dict[str, Any]) -> httpx.Response:
    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(create_app(model, page), raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://function") as client:
            return await client.post("/predict", json=row)

    return asyncio.run(ask())


@pytest.mark.parametrize(
    ("row", "log_odds"),
    [
        ({"body mass, kg/m²": 2, "class": "it's", "model_dump": "a"}, 3),
        ({"body mass, kg/m²": -2.5, "class": None, "model_dump": "b"}, -2.5),
        ({"body mass, kg/m²": 0, "model_dump": "b"}, 0),  # a field with gaps in the table may be left out
    ],
)
def test_column_names_may_be_any_text(tmp_path: Path, row: dict[str, Any], log_odds: float) -> None:
    response = post(strange_model(), tmp_path, row)
    assert response.status_code == 200, response.text
    assert response.json()["probability"] == pytest.approx(1 / (1 + 2.718281828459045**-log_odds))


def test_field_of_a_number_refuses_texts_and_what_float32_cannot_hold(tmp_path: Path) -> None:
    for given in ("2", True, None, 1e39):
        response = post(strange_model(), tmp_path, {"body mass, kg/m²": given, "model_dump": "a"})
        (error,) = response.json()["errors"]
        assert error == {
            "pointer": "/body mass, kg~1m²",
            "detail": "This value is not allowed.",
            "given": given,
            "allowed": {"type": "number", "minimum": -LARGEST, "maximum": LARGEST},
            "suggestion": None,
        }


def test_failure_of_the_function_leaks_nothing(tmp_path: Path) -> None:
    model = strange_model()
    del model.document["baseline"]
    response = post(model, tmp_path, model.document["typical_row"])
    assert response.status_code == 500
    assert response.headers["x-model-version"] == "0123456789ab"
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json() == {
        "type": "about:blank",
        "title": "Internal Server Error",
        "status": 500,
        "detail": "The function failed; the cause is in its log.",
    }


def test_page_of_the_repository_is_served_where_no_packaged_one_is() -> None:
    assert page_folder() == ROOT / "frontend" / "static"
    assert (page_folder() / "index.html").is_file()


def test_answer_is_json_with_no_more_than_the_contract(tmp_path: Path) -> None:
    model = strange_model()
    response = post(model, tmp_path, model.document["typical_row"])
    assert json.loads(response.content) == model.predict(model.document["typical_row"])
    assert response.headers["x-model-version"] == "0123456789ab"
