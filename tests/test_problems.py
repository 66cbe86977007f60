"""Problem details show what was given, as far as it is safe to show, and the nearest allowed value."""

from __future__ import annotations

from typing import Any

import httpx
import pytest


def errors_of(function_url: str, row: str | dict[str, Any]) -> list[dict[str, Any]]:
    body = {"content": row, "headers": {"Content-Type": "application/json"}} if isinstance(row, str) else {"json": row}
    response = httpx.post(f"{function_url}/predict", timeout=10, **body)
    assert response.status_code == 422, response.text
    return list(response.json()["errors"])


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
