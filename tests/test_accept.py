"""The header Accept chooses among what there is, or is told that there is nothing for it."""

from __future__ import annotations

import pytest
from fastapi import HTTPException

from predict.accept import choose

OFFERED = ("application/json", "text/csv")


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        ("", "application/json"),
        ("*/*", "application/json"),
        ("text/csv", "text/csv"),
        ("TEXT/CSV ; q=0.5", "text/csv"),
        ("text/*", "text/csv"),
        ("text/html, application/*;q=0.9", "application/json"),
        ("application/json;q=0.4, text/csv;q=0.5", "text/csv"),
        ("*/*;q=0.1, application/json;q=0", "text/csv"),
        ("text/csv;q=0.3, */*;q=0.8", "application/json"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "application/json"),
    ],
)
def test_best_of_what_is_offered_is_chosen(accept: str, chosen: str) -> None:
    assert choose([accept], OFFERED) == chosen


def test_header_may_have_several_lines_or_be_missing() -> None:
    assert choose(["application/json;q=0.5", "text/csv"], OFFERED) == "text/csv"
    assert choose([], OFFERED) == "application/json"


@pytest.mark.parametrize("accept", ["text/html", "application/json;q=0, text/csv;q=0", "application/json;q=x", ","])
def test_nothing_acceptable_is_told(accept: str) -> None:
    with pytest.raises(HTTPException) as refused:
        choose([accept], OFFERED)
    assert (refused.value.status_code, refused.value.detail) == (
        406,
        "The answer would be application/json or text/csv, which the header Accept does not allow.",
    )
