"""POST /explain: contributions that add up, and are Shapley values against the typical row."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import httpx
import pytest

from tests.contract.answers import refused
from tests.contract.rows import Row, Schema, other

MOST_EXACT = 10


def explain(client: httpx.Client, row: Row) -> dict[str, Any]:
    answer: dict[str, Any] = client.post("/explain", json=row).raise_for_status().json()
    return answer


def value_of(client: httpx.Client, row: Row, label: str | None) -> float:
    """Return what /predict answers for what is explained: the probability of `label`, or the value of a regression."""
    answer = client.post("/predict", json=row).raise_for_status().json()
    value: float = answer["value"] if label is None else answer["probabilities"][label]
    return value


def near(value: float, *others: float) -> Any:
    """Return a value to compare with, up to 1e-9 of the largest of those that it was computed from, or of 1."""
    return pytest.approx(value, rel=0, abs=1e-9 * max(1.0, abs(value), *map(abs, others)))


def test_contributions_add_up_to_what_is_predicted(
    client: httpx.Client, rows: list[Row], row: Row, card: dict[str, Any]
) -> None:
    for given in rows[:: len(rows) // 10 + 1]:
        answer = explain(client, given)
        predicted = client.post("/predict", json=given).json()
        label = answer.get("label")
        assert list(answer) == [
            *([] if card["task"] == "regression" else ["label"]),
            *("value", "reference", "contributions", "exact", "model_version"),
        ]
        if label is not None:
            assert label == (card["target"]["labels"][1] if card["task"] == "binary" else predicted["label"])
        assert answer["value"] == predicted.get("probability", predicted.get("value"))
        assert answer["reference"] == {"row": row, "value": value_of(client, row, label)}
        assert answer["model_version"] == card["version"]
        contributions = answer["contributions"]
        assert list(contributions) == list(row)
        assert sum(contributions.values()) == near(answer["value"] - answer["reference"]["value"], answer["value"])
        alike = {name for name in row if given.get(name) == row[name]}
        assert {name: contributions[name] for name in alike} == dict.fromkeys(alike, 0)
        assert answer["exact"] or len(row) - len(alike) > MOST_EXACT


def test_one_changed_field_contributes_all_of_the_change(client: httpx.Client, schema: Schema, row: Row) -> None:
    for name in row:
        answer = explain(client, {**row, name: other(schema, name)})
        change = answer["value"] - answer["reference"]["value"]
        assert answer["contributions"] == {**dict.fromkeys(row, 0), name: near(change, answer["value"])}


def test_two_changed_fields_share_what_they_do_together(client: httpx.Client, schema: Schema, row: Row) -> None:
    """The Shapley values of two fields, computed from four predictions."""
    for first, second in pairwise(list(row)[:5]):
        one, two = {first: other(schema, first)}, {second: other(schema, second)}
        answer = explain(client, {**row, **one, **two})
        label = answer.get("label")
        nothing, only_one, only_two, both = (
            value_of(client, {**row, **changes}, label) for changes in ({}, one, two, one | two)
        )
        assert answer["contributions"] == {
            **dict.fromkeys(row, 0),
            first: near((only_one - nothing + both - only_two) / 2, both, only_one, only_two),
            second: near((only_two - nothing + both - only_one) / 2, both, only_one, only_two),
        }


def test_explanation_of_all_fields_is_the_same_each_time(client: httpx.Client, schema: Schema, row: Row) -> None:
    changed = {name: other(schema, name) for name in row}
    answer = explain(client, changed)
    assert answer == explain(client, changed)
    assert answer["exact"] == (sum(changed[name] != row[name] for name in row) <= MOST_EXACT)


def test_prediction_can_bring_its_explanation(client: httpx.Client, rows: list[Row]) -> None:
    plain = client.post("/predict", json=rows[-1]).json()
    explanation = explain(client, rows[-1])
    del explanation["model_version"]
    asked = client.post("/predict", params={"explain": "true"}, json=rows[-1])
    assert asked.json() == {**plain, "explanation": explanation}
    not_asked = client.post("/predict", params={"explain": "false"}, json=rows[-1])
    assert not_asked.json() == plain


@pytest.mark.parametrize("given", ["maybe", "", "%00", pytest.param("x" * 1000, id="long")])
def test_explain_is_true_or_false(client: httpx.Client, row: Row, given: str) -> None:
    (error,) = refused(client.post("/predict", params={"explain": given}, json=row), 422)["errors"]
    assert (error["parameter"], error["given"]) == ("explain", given[:100])


def test_row_that_cannot_be_predicted_is_not_explained(client: httpx.Client, row: Row) -> None:
    bad_rows: list[Any] = [{**row, "no such field": 1}, [row], None, {name: [] for name in row}]
    if client.get("/schema").json()["required"]:
        bad_rows.append({})
    for bad in bad_rows:
        body = json.dumps(bad)
        refusals = [
            refused(client.post(path, content=body, headers={"Content-Type": "application/json"}), 422)
            for path in ("/predict", "/explain")
        ]
        assert refusals[0] == refusals[1]
