"""POST /predict/batch with a JSON array: each row is answered as by /predict, bad ones too."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from tests.contract.answers import TIMEOUT_S, refused
from tests.contract.rows import Row, Schema, strict_fields

JSON = {"Content-Type": "application/json"}
BAD: list[Any] = [{}, None, 3, "text", [], [{}], {"no such field": 1}]


def predict_batch(client: httpx.Client, rows: list[Any]) -> list[dict[str, Any]]:
    """Return the results of a batch."""
    response = client.post("/predict/batch", json=rows)
    assert (response.status_code, response.headers["content-type"]) == (200, "application/json"), response.text
    answer = response.json()
    assert list(answer) == ["results", "model_version"]
    assert answer["model_version"] == response.headers["x-model-version"]
    results: list[dict[str, Any]] = answer["results"]
    return results


def single(client: httpx.Client, row: Any) -> dict[str, Any]:
    """Return the result that a row should have in a batch, but for its number: what /predict says of it."""
    response = client.post("/predict", content=json.dumps(row), headers=JSON)
    answer: dict[str, Any] = response.json()
    if response.status_code != 200:
        return {"problem": refused(response, 422)}
    del answer["model_version"]
    return answer


def test_each_row_is_answered_as_by_itself(client: httpx.Client, rows: list[Row], row: Row, schema: Schema) -> None:
    some = rows[:: len(rows) // 12 + 1]
    mixed = [*some, *BAD, dict.fromkeys(row, "no such value"), row]
    expected = [{"row": number, **single(client, given)} for number, given in enumerate(mixed, 1)]
    assert predict_batch(client, mixed) == expected
    problems = [result["row"] for result in expected if "problem" in result]
    assert problems == list(range(len(some) + 1, len(mixed) - (not strict_fields(schema))))


def test_every_choice_is_predicted_and_some_change_the_answer(
    client: httpx.Client, rows: list[Row], card: dict[str, Any]
) -> None:
    results = predict_batch(client, rows)
    assert [result["row"] for result in results] == list(range(1, len(rows) + 1))
    assert not [result for result in results if "problem" in result]
    values = {result.get("probability", result.get("value")) for result in results}
    assert (len(values) > 1) == (card["metrics"]["chosen"]["candidate"] != "base rate")


def test_batch_of_bad_rows_only_is_answered(client: httpx.Client) -> None:
    results = predict_batch(client, BAD)
    assert [result["problem"]["status"] for result in results] == [422] * len(BAD)


@pytest.mark.parametrize("literal", ["NaN", "-Infinity", "1e400", "1" + "0" * 400, r'"\ud800"'])
def test_value_that_is_no_number_or_text_is_the_problem_of_its_row(
    client: httpx.Client, row: Row, literal: str
) -> None:
    bad = "{" + ", ".join(f"{json.dumps(name)}: {literal}" for name in row) + "}"
    body = f"[{json.dumps(row)}, {bad}, {json.dumps(row)}]"
    results = client.post("/predict/batch", content=body, headers=JSON).raise_for_status().json()["results"]
    assert len(results[1].pop("problem")["errors"]) == len(row)
    assert results[1] == {"row": 2}
    expected = single(client, row)
    assert results[::2] == [{"row": 1, **expected}, {"row": 3, **expected}]


@pytest.mark.parametrize("body", ["{}", "null", "3", '"text"'])
def test_what_is_no_array_is_refused(client: httpx.Client, body: str) -> None:
    (error,) = refused(client.post("/predict/batch", content=body, headers=JSON), 422)["errors"]
    assert error["pointer"] == ""


def test_batch_without_rows_is_refused(client: httpx.Client) -> None:
    response = client.post("/predict/batch", content="[]", headers=JSON)
    assert 400 <= response.status_code < 500
    assert "rows" in refused(response, response.status_code)["detail"]


def test_more_rows_than_the_limit_are_refused(client: httpx.Client, schema: Schema) -> None:
    limit = schema["x-limits"]["max_batch_rows"]
    response = client.post("/predict/batch", content=f"[{'3,' * limit}3]", headers=JSON)
    assert f"{limit:,}" in refused(response, 413)["detail"]


@pytest.mark.parametrize("kind", ["typical", "empty", "unlike"])
def test_as_many_rows_as_the_limit_are_answered_in_time(url: str, schema: Schema, row: Row, kind: str) -> None:
    """However long the problems of bad rows are: they have to fit what Lambda can answer, too."""
    unlike = {name: f"{name} unlike" if name in strict_fields(schema) else 3 for name in row}
    given = {"typical": row, "empty": {}, "unlike": unlike}[kind]
    limits, text = schema["x-limits"], json.dumps(given)
    count = min(limits["max_batch_rows"], (limits["max_body_bytes"] - 2) // (len(text.encode()) + 1))
    response = httpx.post(
        f"{url}/predict/batch", content=f"[{','.join([text] * count)}]", headers=JSON, timeout=TIMEOUT_S
    )
    if kind == "typical" or response.status_code == 200:
        results = response.json()["results"]
        assert [result["row"] for result in results] == list(range(1, count + 1))
        good = kind == "typical" or (kind == "empty" and not schema["required"])
        assert all(("problem" in result) != good for result in results)
    else:
        refused(response, 413)
