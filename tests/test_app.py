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
        "task": "binary",
        "target": {"name": "y", "classes": ["0", "1"], "labels": ["no", "yes"]},
        "baseline": {"class_rates": [0.5, 0.5]},
        "schema": {"properties": STRANGE, "required": ["body mass, kg/m²", "model_dump"]},
        "typical_row": row,
    }
    inputs = [
        {"field": "class", "one_hot": ["it's", None]},
        {"field": "model_dump", "one_hot": ["a", "b"]},
        {"field": "body mass, kg/m²", "mean": 0.0, "scale": 1.0},
    ]
    model = {"type": "linear", "link": "logit", "intercept": [0.0], "coefficients": [[1.0, 0.0, 0.0, 0.0, 1.0]]}
    return Model(document, Scorer({"inputs": inputs, "model": model}))


def of_task(task: str, target: dict[str, Any], baseline: dict[str, Any], values: list[float]) -> Model:
    """Return the strange model with another target, and `values` for every row."""
    strange = strange_model()
    constant = {"type": "constant", "link": "identity", "values": values}
    return Model(
        {**strange.document, "task": task, "target": target, "baseline": baseline},
        Scorer({"inputs": [], "model": constant}),
    )


def send(model: Model, page: Path, method: str, path: str, **options: Any) -> httpx.Response:
    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(create_app(model, page, page / "report.html"), raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://function") as client:
            return await client.request(method, path, **options)

    return asyncio.run(ask())


def post(model: Model, page: Path, row: dict[str, Any]) -> httpx.Response:
    return send(model, page, "POST", "/predict", json=row)


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


@pytest.mark.parametrize(
    ("model", "answer"),
    [
        (strange_model(), "BinaryPrediction"),
        (
            of_task(
                "multiclass", {"name": "y", "labels": ["a", "b", "c"]}, {"class_rates": [0.2, 0.3, 0.5]}, [0, 1, 0]
            ),
            "ClassPrediction",
        ),
        (of_task("regression", {"name": "y"}, {"base_value": 1.0, "typical_error": 2.0}, [3.5]), "ValuePrediction"),
    ],
)
def test_openapi_describes_the_answer_of_the_task(tmp_path: Path, model: Model, answer: str) -> None:
    document = send(model, tmp_path, "GET", "/openapi.json").json()
    described = document["paths"]["/predict"]["post"]["responses"]["200"]["content"]["application/json"]["schema"]
    assert described == {"$ref": f"#/components/schemas/{answer}"}
    properties = document["components"]["schemas"][answer]["properties"]
    response = post(model, tmp_path, model.document["typical_row"])
    assert response.status_code == 200, response.text
    assert response.json() == model.predict(model.document["typical_row"])
    assert list(response.json()) == list(properties)


def test_report_is_served_where_there_is_one(tmp_path: Path) -> None:
    (tmp_path / "report.html").write_text("<!doctype html><p>Grün</p>", encoding="utf-8")
    whole, head = (send(strange_model(), tmp_path, method, "/report") for method in ("GET", "HEAD"))
    assert (whole.status_code, whole.text) == (200, "<!doctype html><p>Grün</p>")
    assert (head.status_code, head.text) == (200, "")
    for response in (whole, head):
        assert response.headers["content-type"] == "text/html; charset=utf-8"
        assert response.headers["content-length"] == "27"
        assert response.headers["x-model-version"] == "0123456789ab"


def test_missing_report_is_told(tmp_path: Path) -> None:
    assert send(strange_model(), tmp_path, "HEAD", "/report").status_code == 404
    response = send(strange_model(), tmp_path, "GET", "/report")
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json() == {
        "type": "about:blank",
        "title": "Not Found",
        "status": 404,
        "detail": "There is no report beside this model; `make train` writes one.",
    }


def test_report_is_only_read(tmp_path: Path) -> None:
    response = send(strange_model(), tmp_path, "POST", "/report")
    assert (response.status_code, response.json()["status"]) == (405, 405)
