"""The app: any table's columns, every task, its limits, CORS, and the report."""

from __future__ import annotations

from pathlib import Path

import pytest

from predict.model import Model
from predict.scorer import Scorer
from predict.settings import Settings
from tests.apps import LONG, TYPICAL, mixed_model, of_task, post, send, strange_model


@pytest.mark.parametrize(
    ("row", "log_odds"),
    [
        ({"body mass, kg/m²": 2, "class": "it's", "$defs": "a"}, 3),
        ({"body mass, kg/m²": -2.5, "class": None, "$defs": "b"}, -1.5),
        ({"body mass, kg/m²": 0, "$defs": "a"}, 0),  # a field with gaps in the table may be left out
    ],
)
def test_column_names_may_be_any_text(row: dict[str, object], log_odds: float) -> None:
    response = post(strange_model(), row)
    assert response.status_code == 200, response.text
    assert response.json()["probability"] == pytest.approx(1 / (1 + 2.718281828459045**-log_odds))


@pytest.mark.parametrize(
    ("field", "given", "change"),
    [
        ("1st", 45, 0.5),
        ("1st", None, -5.0),
        ("__proto__", "b", 100.0),
        ('class "def"', False, -1000.0),
        ('class "def"', None, 1000.0),
        ("a/b~c", "2024-02-01", 10_000.0),
        ("a/b~c", None, -305_000.0),
        ("été, 🎈\n<b>", "x", -1e7),
        ("été, 🎈\n<b>", "what no one has seen", 1e7),
        ("2", 2.5, 2.25),
        (LONG, "high", 1e8),
        ("'", "2021-12-31", 1.0),
    ],
)
def test_field_of_each_kind_moves_the_answer_and_explains_it(field: str, given: object, change: float) -> None:
    row = {**TYPICAL, field: given}
    explained = post(mixed_model(), row, "/predict?explain=true").json()
    before = mixed_model().predict(TYPICAL)["value"]
    assert explained["value"] == before + change
    assert explained["explanation"]["contributions"] == {**dict.fromkeys(TYPICAL, 0.0), field: change}
    if given is None:
        assert (
            post(mixed_model(), {name: row[name] for name in row if name != field}).json()["value"] == before + change
        )


@pytest.mark.parametrize("model", [strange_model(), of_task("multiclass"), of_task("regression")])
def test_answer_is_the_models(model: Model) -> None:
    row = {"body mass, kg/m²": -1.5, "class": "it's", "$defs": "b"}
    assert post(model, row).json() == model.predict(row)
    assert post(model, row, "/explain").json() == {**model.explain(row), "model_version": "0123456789ab"}
    both = post(model, row, "/predict?explain=true").json()
    assert both == {**model.predict(row), "explanation": model.explain(row)}


def test_contributions_of_a_regression_are_its_terms() -> None:
    explained = post(of_task("regression"), {"body mass, kg/m²": 5, "class": "it's", "$defs": "b"}, "/explain").json()
    assert explained == {
        "value": 15.5,
        "reference": {"row": strange_model().document["typical_row"], "value": 6.5},
        "contributions": {"body mass, kg/m²": 9.0, "class": 0.0, "$defs": 0.0},
        "exact": True,
        "model_version": "0123456789ab",
    }


def test_class_explained_is_the_likeliest_of_several() -> None:
    row = {"body mass, kg/m²": -1.5, "class": None, "$defs": "a"}
    explained = post(of_task("multiclass"), row, "/explain").json()
    predicted = post(of_task("multiclass"), row).json()
    assert explained["label"] == predicted["label"] == "b"
    assert explained["value"] == predicted["probability"]
    typical = post(of_task("multiclass"), strange_model().document["typical_row"]).json()
    assert typical["label"] == "a"
    assert explained["reference"]["value"] == typical["probabilities"]["b"]


def test_schema_states_the_limits() -> None:
    settings = Settings(max_body_bytes=2_000, max_batch_rows=3)
    schema = send(strange_model(), "GET", "/schema", settings=settings).json()
    assert schema.pop("x-limits") == {"max_body_bytes": 2_000, "max_batch_rows": 3, "max_answer_bytes": 6_250_000}
    assert schema == strange_model().document["schema"]


def test_query_is_checked() -> None:
    response = post(strange_model(), strange_model().document["typical_row"], "/predict?explain=maybe")
    assert (response.status_code, response.headers["content-type"]) == (422, "application/problem+json")
    assert response.json() == {
        "type": "about:blank",
        "title": "Unprocessable Content",
        "status": 422,
        "detail": "The query cannot be used: see errors for explain.",
        "errors": [
            {
                "parameter": "explain",
                "detail": "This value is not allowed.",
                "given": "maybe",
                "allowed": ["true", "1", "false", "0"],
                "suggestion": None,
            }
        ],
    }


@pytest.mark.parametrize(
    ("method", "path", "status", "detail"),
    [
        ("GET", "/no/such", 404, "There is nothing at /no/such; /docs lists what there is."),
        ("GET", "/predict", 405, "GET is not what /predict is for; see the header Allow."),
        ("POST", "/report", 405, "POST is not what /report is for; see the header Allow."),
        ("POST", "/no/such", 404, "There is nothing at /no/such; /docs lists what there is."),
        ("POST", "/", 405, "POST is not what / is for; see the header Allow."),
        ("GET", "/redoc", 404, "There is nothing at /redoc; /docs lists what there is."),
    ],
)
def test_unknown_path_and_method_are_told(method: str, path: str, status: int, detail: str) -> None:
    response = send(strange_model(), method, path)
    assert (response.status_code, response.json()["status"]) == (status, status)
    assert response.json()["detail"] == detail
    assert ("allow" in response.headers) == (status == 405)


def test_other_origins_are_answered_only_where_they_are_allowed() -> None:
    headers = {"Origin": "https://page.example", "Access-Control-Request-Method": "POST"}
    allowing = Settings(allowed_origins=("https://page.example",))
    for method, path in (("GET", "/health"), ("OPTIONS", "/predict")):
        response = send(strange_model(), method, path, settings=allowing, headers=headers)
        assert response.status_code == 200
        assert response.headers["access-control-allow-origin"] == "https://page.example"
        response = send(strange_model(), method, path, headers=headers)
        assert "access-control-allow-origin" not in response.headers
    other = send(strange_model(), "GET", "/health", settings=allowing, headers={"Origin": "https://other.example"})
    assert "access-control-allow-origin" not in other.headers


def test_preflight_lets_the_headers_of_the_page_through() -> None:
    origin, wanted = "https://page.example", "content-type,x-amz-content-sha256"
    asked = {"Origin": origin, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": wanted}
    for path in ("/predict", "/predict/batch"):
        settings = Settings(allowed_origins=(origin,))
        response = send(strange_model(), "OPTIONS", path, settings=settings, headers=asked)
        assert response.status_code == 200
        assert response.headers["access-control-allow-origin"] == origin
        assert "POST" in response.headers["access-control-allow-methods"].split(", ")
        assert set(response.headers["access-control-allow-headers"].split(",")) >= set(wanted.split(","))
        assert send(strange_model(), "OPTIONS", path, headers=asked).status_code == 405


def test_missing_report_is_told(tmp_path: Path) -> None:
    assert send(strange_model(), "HEAD", "/report", tmp_path).status_code == 404
    response = send(strange_model(), "GET", "/report", tmp_path)
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json() == {
        "type": "about:blank",
        "title": "Not Found",
        "status": 404,
        "detail": "There is no report beside this model; `make train` writes one.",
    }


def test_row_without_a_finite_answer_is_refused() -> None:
    """JSON has no infinity, and in a batch such a row must not take the others with it."""
    estimator = {"type": "linear", "link": "identity", "intercept": [0.5], "coefficients": [[3.0]]}
    inputs = [{"field": "body mass, kg/m²", "mean": 0.0, "scale": 1e-300}]
    model = Model(of_task("regression").document, Scorer({"inputs": inputs, "model": estimator}))
    row = {"body mass, kg/m²": 3e38, "class": None, "$defs": "a"}
    detail = "The row cannot be used: the model has no finite answer to this row."
    for path in ("/predict", "/explain"):
        response = post(model, row, path)
        assert (response.status_code, response.json()["detail"]) == (422, detail)
    first, second = post(model, [row, {**row, "body mass, kg/m²": 0}], "/predict/batch").json()["results"]
    assert (first["problem"]["detail"], second["value"]) == (detail, 0.5)


def test_failure_is_readable_to_an_allowed_origin() -> None:
    model = strange_model()
    del model.document["baseline"]
    origin = "https://page.example"
    settings, row = Settings(allowed_origins=(origin,)), model.document["typical_row"]
    response = send(model, "POST", "/predict", settings=settings, json=row, headers={"Origin": origin})
    assert (response.status_code, response.headers["access-control-allow-origin"]) == (500, origin)
    assert "X-Request-Id" in response.headers["access-control-expose-headers"]
