"""What every deployment answers, for any table: the expectations come from its own schema."""

from __future__ import annotations

from typing import Any

import httpx
import jsonschema
import pytest

PROBLEM = "application/problem+json"


def refused(response: httpx.Response, status: int) -> dict[str, Any]:
    """Return the problem details of a refusal, once they are of the right form."""
    assert (response.status_code, response.headers["content-type"]) == (status, PROBLEM), response.text
    problem: dict[str, Any] = response.json()
    assert problem["type"] == "about:blank"
    assert problem["status"] == status
    assert problem["title"]
    assert problem["detail"]
    return problem


def test_schema_is_json_schema_that_its_own_example_keeps_to(schema: dict[str, Any], row: dict[str, Any]) -> None:
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(row, schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["additionalProperties"] is False
    assert [value["x-order"] for value in schema["properties"].values()] == list(range(len(schema["properties"])))


def test_typical_row_is_predicted(client: httpx.Client, row: dict[str, Any], card: dict[str, Any]) -> None:
    response = client.post("/predict", json=row)
    assert response.status_code == 200
    answer = response.json()
    assert response.headers["x-model-version"] == answer.pop("model_version") == card["version"]
    if card["task"] == "regression":
        assert set(answer) == {"value", "typical_error", "base_value"}
        assert answer["typical_error"] > 0
        return
    assert set(answer) == {"label", "probability", "probabilities", "base_rate"}
    labels = card["target"]["labels"]
    assert list(answer["probabilities"]) == labels
    assert sum(answer["probabilities"].values()) == pytest.approx(1)
    assert answer["label"] == max(answer["probabilities"], key=answer["probabilities"].__getitem__)
    shown = labels[1] if card["task"] == "binary" else answer["label"]
    assert answer["probability"] == answer["probabilities"][shown]
    assert answer["base_rate"] == card["baseline"]["class_rates"][labels.index(shown)]
    assert 0 < answer["base_rate"] < 1


def test_each_choice_is_predicted_and_some_change_the_answer(
    client: httpx.Client, schema: dict[str, Any], row: dict[str, Any]
) -> None:
    answers = set()
    for name, value in schema["properties"].items():
        for choice in value.get("enum") or value["x-range"]:
            response = client.post("/predict", json={**row, name: choice})
            assert response.status_code == 200, response.text
            answers.add(response.text)
    assert len(answers) > 1


def test_unknown_value_is_refused_with_what_is_allowed(
    client: httpx.Client, schema: dict[str, Any], row: dict[str, Any]
) -> None:
    for name, value in schema["properties"].items():
        problem = refused(client.post("/predict", json={**row, name: "no such value"}), 422)
        (error,) = problem["errors"]
        assert error["pointer"] == "/" + name.replace("~", "~0").replace("/", "~1")
        assert error["given"] == "no such value"
        assert error["allowed"] == value.get("enum", {key: value.get(key) for key in ("type", "minimum", "maximum")})


@pytest.mark.parametrize("given", [True, ["x"], {"a": 1}, 10**400])
def test_value_of_another_type_is_refused(client: httpx.Client, row: dict[str, Any], given: object) -> None:
    problem = refused(client.post("/predict", json=dict.fromkeys(row, given)), 422)
    assert len(problem["errors"]) == len(row)
    assert {error["detail"] for error in problem["errors"]} == {"This value is not allowed."}


def test_missing_fields_are_all_named(client: httpx.Client, schema: dict[str, Any]) -> None:
    problem = refused(client.post("/predict", json={}), 422)
    assert [error["detail"] for error in problem["errors"]] == ["This field is missing."] * len(schema["required"])
    assert [error["given"] for error in problem["errors"]] == [None] * len(schema["required"])


def test_extra_field_is_refused_with_the_nearest_one(
    client: httpx.Client, schema: dict[str, Any], row: dict[str, Any]
) -> None:
    name = next(iter(row))
    problem = refused(client.post("/predict", json={**row, name + "x": 3}), 422)
    assert problem["errors"] == [
        {
            "pointer": "/" + (name + "x").replace("~", "~0").replace("/", "~1"),
            "detail": "There is no such field.",
            "given": 3,
            "allowed": list(schema["properties"]),
            "suggestion": name,
        }
    ]


@pytest.mark.parametrize("body", ["[]", '["a"]', '"text"', "3", "null", "true"])
def test_what_is_no_object_is_refused(client: httpx.Client, schema: dict[str, Any], body: str) -> None:
    response = client.post("/predict", content=body, headers={"Content-Type": "application/json"})
    (error,) = refused(response, 422)["errors"]
    assert error["pointer"] == ""
    assert error["allowed"] == {"type": "object", "fields": list(schema["properties"])}


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        (b"", "The body is empty"),
        (b"{", "The body is not valid JSON: Expecting property name"),
        (b'{"a": 1,}', "The body is not valid JSON"),
        (b"\xff", "error parsing the body"),
        (b"[" * 100_000, "error parsing the body"),
    ],
)
def test_body_that_is_no_json_is_refused(client: httpx.Client, body: bytes, detail: str) -> None:
    response = client.post("/predict", content=body, headers={"Content-Type": "application/json"})
    assert detail in refused(response, 400)["detail"]


@pytest.mark.parametrize("content_type", [None, "text/plain", "application/x-www-form-urlencoded"])
def test_body_that_does_not_say_it_is_json_is_refused(client: httpx.Client, content_type: str | None) -> None:
    headers = {"Content-Type": content_type} if content_type else {}
    response = client.post("/predict", content=b"{}", headers=headers)
    assert "Content-Type: application/json" in refused(response, 415)["detail"]


def test_model_card_is_served_without_the_fitted_numbers(card: dict[str, Any], row: dict[str, Any]) -> None:
    assert card["typical_row"] == row
    assert card["metrics"]["held_out"]["rows"] > 0
    assert card["metrics"]["held_out"]["model"]
    assert card["provenance"]["data"]["sha256"]
    assert all(isinstance(caveat, str) for caveat in card["caveats"])
    assert not {"estimator", "schema"} & set(card)


def test_report_is_served_or_told_to_be_missing(client: httpx.Client) -> None:
    head, report = client.head("/report"), client.get("/report")
    assert head.status_code == report.status_code
    if report.status_code == 200:
        assert report.headers["content-type"] == head.headers["content-type"] == "text/html; charset=utf-8"
        assert report.text.lower().startswith("<!doctype html>")
    else:
        refused(report, 404)


def test_health_names_the_model(client: httpx.Client, card: dict[str, Any]) -> None:
    response = client.get("/health")
    assert response.json() == {"status": "ok", "name": card["name"], "model_version": card["version"]}
    assert response.headers["x-model-version"] == card["version"]


def test_openapi_describes_the_row(client: httpx.Client, schema: dict[str, Any], row: dict[str, Any]) -> None:
    document = client.get("/openapi.json").raise_for_status().json()
    described = document["components"]["schemas"]["Row"]
    assert list(described["properties"]) == list(schema["properties"])
    assert described["additionalProperties"] is False
    assert described["examples"] == [row]
    answers = document["paths"]["/predict"]["post"]["responses"]
    assert set(answers) == {"200", "400", "415", "422"}
    assert {next(iter(answers[code]["content"])) for code in ("400", "415", "422")} == {PROBLEM}


@pytest.mark.parametrize(("path", "text"), [("/", "<!doctype html>"), ("/docs", "swagger-ui")])
def test_pages_are_served(client: httpx.Client, path: str, text: str) -> None:
    response = client.get(path)
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/html")
    assert text in response.text.lower()


def test_unknown_path_and_method_are_refused(client: httpx.Client) -> None:
    refused(client.get("/no-such-page"), 404)
    refused(client.get("/..%2f..%2fpyproject.toml"), 404)
    for method in ("GET", "PUT"):
        response = client.request(method, "/predict")
        refused(response, 405)
        assert response.headers["allow"] == "POST"
