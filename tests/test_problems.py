"""Problem details show what was given, as far as it is safe to show, and the nearest allowed value."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from predict.problems import MOST_COMPARED, RowError
from predict.row import RowValidator
from tests.apps import LARGEST, TYPICAL, mixed_model, post


def errors_of(function_url: str, row: str | dict[str, Any]) -> list[dict[str, Any]]:
    body = {"content": row, "headers": {"Content-Type": "application/json"}} if isinstance(row, str) else {"json": row}
    response = httpx.post(f"{function_url}/predict", timeout=10, **body)
    assert response.status_code == 422, response.text
    return list(response.json()["errors"])


def allowed_number(kind: str) -> dict[str, Any]:
    return {"allowed": {"type": [kind, "null"], "minimum": -LARGEST, "maximum": LARGEST}}


def allowed_date(*or_else: None) -> dict[str, Any]:
    return {"type": ["string", "null"] if or_else else "string", "format": "date"}


def test_misspelt_category_is_one_whole_answer(function_url: str) -> None:
    row = {
        "age_group": "under 15 years",
        "reported_race_ethnicity": "White, non-Hispanic",
        "previous_births": "None",
        "tobacco_use_during_pregnancy": "Yes",
        "adequate_prenatal_care": "Inadequate",
    }
    response = httpx.post(f"{function_url}/predict", json=row, timeout=10)
    ages = ["Under 15 yrs", "15 to 17 yrs", "18 to 19 yrs", "20 to 24 yrs", "25 to 29 yrs"]
    ages += ["30 to 34 yrs", "35 to 39 yrs", "40 to 44 yrs", "45 to 49 yrs", "50+ yrs"]
    assert response.json() == {
        "type": "about:blank",
        "title": "Unprocessable Content",
        "status": 422,
        "detail": "The row cannot be used: see errors for age_group.",
        "errors": [
            {
                "pointer": "/age_group",
                "detail": "This value is not allowed.",
                "given": "under 15 years",
                "allowed": ages,
                "suggestion": "Under 15 yrs",
            }
        ],
    }


def test_value_that_is_like_no_other_gets_no_suggestion(function_url: str) -> None:
    (first, *_others) = errors_of(function_url, {"age_group": "zzz"})
    assert first["suggestion"] is None


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ('"' + "x" * 5_000 + '"', "x" * 100),
        ("NaN", "nan"),
        ("-Infinity", "-inf"),
        ("1e400", "inf"),
        ("1" * 4_000, "1" * 100),
        ("true", True),
        ("null", None),
        ("1.5", 1.5),
        (r'"\ud800"', "?"),
        ('{"a": [1, 2]}', "{'a': [1, 2]}"),
    ],
)
def test_given_value_is_shown_short_and_safe(function_url: str, given: str, shown: object) -> None:
    (first, *_others) = errors_of(function_url, '{"age_group": ' + given + "}")
    assert first["pointer"] == "/age_group"
    assert first["given"] == shown


def test_many_unknown_fields_are_answered_briefly(function_url: str) -> None:
    row = {f"{i}{'x' * 200}": 1 for i in range(2_000)}
    response = httpx.post(f"{function_url}/predict", json=row, timeout=10)
    problem = response.json()
    assert len(problem["errors"]) == 5 + 20
    assert problem["detail"].endswith(" and 1980 more that do not exist.")
    assert len(response.content) < 20_000


def test_pointer_is_escaped(function_url: str) -> None:
    assert errors_of(function_url, {"a/b~c": 1})[-1]["pointer"] == "/a~1b~0c"


@pytest.mark.parametrize(
    ("field", "given", "expected"),
    [
        ("1st", 2.5, {"detail": "A whole number is expected.", **allowed_number("integer")}),
        ("1st", "2", allowed_number("integer")),
        ("1st", 1e39, allowed_number("integer")),
        ("2", "2.5", allowed_number("number")),
        ('class "def"', 1, {"allowed": [False, True, None]}),
        ('class "def"', "true", {"allowed": [False, True, None]}),
        ("a/b~c", "31/12/2024", {"allowed": allowed_date(None), "suggestion": "2024-12-31"}),
        ("a/b~c", "01/02/2024", {"allowed": allowed_date(None)}),
        ("'", "2024/12/1", {"allowed": allowed_date(), "suggestion": "2024-12-01"}),
        ("'", "2024-02-30", {"allowed": allowed_date()}),
        ("'", None, {"allowed": allowed_date()}),
        ("__proto__", "E 🎈", {"allowed": ["it's", "b", "é 🎈"], "suggestion": "é 🎈"}),
        ("été, 🎈\n<b>", None, {"allowed": {"type": "string"}}),
        ("été, 🎈\n<b>", 3, {"allowed": {"type": "string"}}),
    ],
)
def test_bad_value_of_each_kind_is_told_what_is_allowed(field: str, given: Any, expected: dict[str, Any]) -> None:
    (error,) = post(mixed_model(), {**TYPICAL, field: given}).json()["errors"]
    pointer = "/" + field.replace("~", "~0").replace("/", "~1")
    usual = {"pointer": pointer, "detail": "This value is not allowed.", "given": given, "suggestion": None}
    assert error == usual | expected


def test_bad_dates_of_a_batch_are_told_briefly_after_the_first_ones() -> None:
    rows = [{**TYPICAL, "'": "31/12/2024"}] * 3_000
    results = post(mixed_model(), rows, "/predict/batch").json()["results"]
    (first,), (last,) = (results[at]["problem"]["errors"] for at in (0, -1))
    assert first["suggestion"] == "2024-12-31"
    assert set(last) == {"pointer", "detail", "given"}


def test_row_of_very_many_choices_is_told_what_was_meant_in_its_first_fields_only() -> None:
    field = {"type": "string", "enum": [f"choice {number}" for number in range(1_000)]}
    names = [f"f{number}" for number in range(MOST_COMPARED // 1_000 + 2)]
    with pytest.raises(RowError) as refused:
        RowValidator({"properties": dict.fromkeys(names, field)}).check(dict.fromkeys(names, "Choice 7"))
    suggestions = [error["suggestion"] for error in refused.value.errors]
    assert suggestions == ["choice 7"] * (MOST_COMPARED // 1_000) + [None, None]
