"""POST /predict: what is predicted for a row, and what is said of one that cannot be used."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from tests.contract.answers import pointer, refused
from tests.contract.rows import choices, strict_fields

JSON = {"Content-Type": "application/json"}


def post_each(client: httpx.Client, row: dict[str, Any], literal: str) -> httpx.Response:
    """Send a row each field of which holds `literal`, which may be no JSON."""
    fields = ", ".join(f"{json.dumps(name)}: {literal}" for name in row)
    return client.post("/predict", content=f"{{{fields}}}".encode(), headers=JSON)


def test_typical_row_is_predicted(client: httpx.Client, row: dict[str, Any], card: dict[str, Any]) -> None:
    response = client.post("/predict", json=row)
    assert (response.status_code, response.headers["content-type"]) == (200, "application/json")
    answer = response.json()
    assert answer.pop("model_version") == card["version"]
    if card["task"] == "regression":
        assert list(answer) == ["value", "typical_error", "base_value"]
        assert {name: answer[name] for name in ("typical_error", "base_value")} == card["baseline"]
        return
    assert list(answer) == ["label", "probability", "probabilities", "base_rate"]
    labels = card["target"]["labels"]
    assert list(answer["probabilities"]) == labels
    assert sum(answer["probabilities"].values()) == pytest.approx(1)
    assert answer["label"] == max(labels, key=answer["probabilities"].__getitem__)
    shown = labels[1] if card["task"] == "binary" else answer["label"]
    assert answer["probability"] == answer["probabilities"][shown]
    assert answer["base_rate"] == card["baseline"]["class_rates"][labels.index(shown)]


def test_each_field_takes_its_choices_and_ends(
    client: httpx.Client, schema: dict[str, Any], row: dict[str, Any]
) -> None:
    for name, value in schema["properties"].items():
        some = choices(value)[:3] + [value[end] for end in ("minimum", "maximum") if end in value]
        for choice in some:
            response = client.post("/predict", json={**row, name: choice})
            assert response.status_code == 200, response.text


def test_field_that_may_be_left_out_is_missing_then(
    client: httpx.Client, schema: dict[str, Any], row: dict[str, Any]
) -> None:
    for name in row:
        fewer = {key: value for key, value in row.items() if key != name}
        response = client.post("/predict", json=fewer)
        if name in schema["required"]:
            (error,) = refused(response, 422)["errors"]
            assert (error["pointer"], error["detail"]) == (pointer(name), "This field is missing.")
        else:
            assert response.json() == client.post("/predict", json={**row, name: None}).json()


def test_order_of_the_fields_changes_nothing(client: httpx.Client, row: dict[str, Any]) -> None:
    reverse = dict(reversed(row.items()))
    assert client.post("/predict", json=reverse).json() == client.post("/predict", json=row).json()


def test_unknown_value_is_refused_with_what_is_allowed(
    client: httpx.Client, schema: dict[str, Any], row: dict[str, Any]
) -> None:
    for name, value in schema["properties"].items():
        given = "no such value" if name in strict_fields(schema) else 3
        (error,) = refused(client.post("/predict", json={**row, name: given}), 422)["errors"]
        near = error.pop("suggestion")
        assert near is None or near in value["enum"]
        limits = {key: value[key] for key in ("type", "format", "minimum", "maximum") if key in value}
        assert error == {
            "pointer": pointer(name),
            "detail": "This value is not allowed.",
            "given": given,
            "allowed": value.get("enum", limits),
        }


def test_text_that_the_model_does_not_tell_apart_counts_as_one_of_the_others(
    client: httpx.Client, schema: dict[str, Any], row: dict[str, Any]
) -> None:
    for name, value in schema["properties"].items():
        if "x-other" in value:
            texts = [value["x-other"], "no such value", "x" * 50_000, "\0"]
            answers = [client.post("/predict", json={**row, name: text}).json() for text in texts]
            assert answers == answers[:1] * len(texts)


def test_fraction_is_no_whole_number(client: httpx.Client, schema: dict[str, Any], row: dict[str, Any]) -> None:
    for name, value in schema["properties"].items():
        if "integer" in value["type"]:
            (error,) = refused(client.post("/predict", json={**row, name: 2.5}), 422)["errors"]
            assert (error["pointer"], error["detail"]) == (pointer(name), "A whole number is expected.")


@pytest.mark.parametrize(
    ("given", "suggestion"),
    [("2023-02-29", None), ("31/12/2024", "2024-12-31"), ("2024-12-31T00:00:00", "2024-12-31"), ("01/02/2024", None)],
)
def test_date_that_is_none_is_refused_with_what_it_may_mean(
    client: httpx.Client, schema: dict[str, Any], row: dict[str, Any], given: str, suggestion: str | None
) -> None:
    for name, value in schema["properties"].items():
        if value.get("format") == "date":
            (error,) = refused(client.post("/predict", json={**row, name: given}), 422)["errors"]
            assert (error["pointer"], error["suggestion"]) == (pointer(name), suggestion)


def test_misspelt_choice_is_answered_with_the_nearest_one(
    client: httpx.Client, schema: dict[str, Any], row: dict[str, Any]
) -> None:
    for name, value in schema["properties"].items():
        texts = [choice for choice in value.get("enum", []) if isinstance(choice, str)]
        choice = next((text for text in texts if text and text.isascii()), None)
        if choice and choice + "~" not in value["enum"]:
            (error,) = refused(client.post("/predict", json={**row, name: choice + "~"}), 422)["errors"]
            assert error["suggestion"] in value["enum"]


@pytest.mark.parametrize(
    "given", [True, ["x"], {"a": 1}, [], {}, pytest.param(10**400, id="huge"), pytest.param(-(10**400), id="-huge")]
)
def test_value_of_another_type_is_refused(
    client: httpx.Client, schema: dict[str, Any], row: dict[str, Any], given: object
) -> None:
    wrong = [name for name in row if given is not True or "boolean" not in schema["properties"][name]["type"]]
    problem = refused(client.post("/predict", json=row | dict.fromkeys(wrong, given)), 422)
    assert [error["pointer"] for error in problem["errors"]] == [pointer(name) for name in wrong]
    assert {error["detail"] for error in problem["errors"]} == {"This value is not allowed."}


@pytest.mark.parametrize("literal", ["NaN", "Infinity", "-Infinity", "1e400", "-1e400", r'"\ud800"'])
def test_value_that_is_no_number_or_text_is_refused(client: httpx.Client, row: dict[str, Any], literal: str) -> None:
    problem = refused(post_each(client, row, literal), 422)
    assert [error["pointer"] for error in problem["errors"]] == [pointer(name) for name in row]
    assert {error["detail"] for error in problem["errors"]} == {"This value is not allowed."}


def test_long_value_is_cut(client: httpx.Client, schema: dict[str, Any], row: dict[str, Any]) -> None:
    strict = strict_fields(schema)
    for given in ("x" * 50_000, "ß" * 101, "\0" * 101):
        problem = refused(client.post("/predict", json=row | dict.fromkeys(strict, given)), 422)
        assert [error["given"] for error in problem["errors"]] == [given[:100]] * len(strict)


def test_missing_fields_are_all_named(client: httpx.Client, schema: dict[str, Any]) -> None:
    errors = refused(client.post("/predict", json={}), 422)["errors"]
    assert [error["pointer"] for error in errors] == [pointer(name) for name in schema["required"]]
    assert {(error["detail"], error["given"]) for error in errors} == {("This field is missing.", None)}


def test_extra_field_is_refused_with_the_nearest_one(
    client: httpx.Client, schema: dict[str, Any], row: dict[str, Any]
) -> None:
    name = next(iter(row))
    problem = refused(client.post("/predict", json={**row, name + "x": 3}), 422)
    (error,) = problem["errors"]
    assert error.pop("suggestion") in row
    assert error == {
        "pointer": pointer(name + "x"),
        "detail": "There is no such field.",
        "given": 3,
        "allowed": list(schema["properties"]),
    }


@pytest.mark.parametrize(
    "name", ["", "/", "~", r"\ud800", r"\u0000", "__proto__", pytest.param("n" * 100_000, id="long")]
)
def test_extra_field_may_have_any_name(client: httpx.Client, row: dict[str, Any], name: str) -> None:
    """`name` as JSON writes it."""
    name += "~" * (name in row)
    body = f'{json.dumps(row)[:-1]}, "{name}": 1}}'
    problem = refused(client.post("/predict", content=body, headers=JSON), 422)
    (error,) = problem["errors"]
    assert (error["detail"], error["given"]) == ("There is no such field.", 1)
    assert len(error["pointer"]) <= 100
    assert len(problem["detail"]) < 300


def test_many_extra_fields_are_refused_in_a_short_answer(client: httpx.Client, schema: dict[str, Any]) -> None:
    fields = {f"{number:07}": 1 for number in range(schema["x-limits"]["max_body_bytes"] // 15)}
    problem = refused(client.post("/predict", json=fields), 422)
    assert len(schema["required"]) <= len(problem["errors"]) <= len(schema["required"]) + 100


@pytest.mark.parametrize("body", ["[]", '["a"]', '"text"', "3", "1e400", "NaN", "null", "true"])
def test_what_is_no_object_is_refused(client: httpx.Client, schema: dict[str, Any], body: str) -> None:
    (error,) = refused(client.post("/predict", content=body, headers=JSON), 422)["errors"]
    assert error["pointer"] == ""
    assert error["allowed"] == {"type": "object", "fields": list(schema["properties"])}
