"""A row is checked against the schema, and comes back whole."""

from __future__ import annotations

from typing import Any

import pytest

from predict.problems import RowError
from predict.row import RowValidator
from tests.apps import LARGEST, STRANGE, strange_model

VALIDATOR = RowValidator(strange_model().document["schema"])
ROW = {"body mass, kg/m²": 2.5, "class": "it's", "$defs": "b"}


def test_row_comes_back_in_the_schemas_order() -> None:
    row = VALIDATOR.check(dict(reversed(ROW.items())))
    assert list(row.items()) == list(ROW.items())


def test_optional_field_that_is_left_out_is_none() -> None:
    row = VALIDATOR.check({"$defs": "a", "body mass, kg/m²": 2})
    assert list(row.items()) == [("body mass, kg/m²", 2.0), ("class", None), ("$defs", "a")]


@pytest.mark.parametrize(
    ("field", "given", "shown"),
    [
        ("body mass, kg/m²", "2", "2"),
        ("body mass, kg/m²", True, True),
        ("body mass, kg/m²", None, None),
        ("body mass, kg/m²", 1e39, 1e39),
        ("body mass, kg/m²", float("nan"), "nan"),
        ("body mass, kg/m²", float("-inf"), "-inf"),
        ("body mass, kg/m²", 10**400, "1" + "0" * 99),
        ("class", "its", "its"),
        ("class", 1, 1),
        ("$defs", None, None),
        ("$defs", ["a"], "['a']"),
    ],
)
def test_value_that_is_not_allowed_is_refused_with_what_is(field: str, given: Any, shown: Any) -> None:
    with pytest.raises(RowError) as refused:
        VALIDATOR.check({**ROW, field: given})
    (error,) = refused.value.errors
    value = strange_model().document["schema"]["properties"][field]
    number = {"type": "number", "minimum": -LARGEST, "maximum": LARGEST}
    assert error == {
        "pointer": "/" + field.replace("/", "~1"),
        "detail": "This value is not allowed.",
        "given": shown,
        "allowed": value.get("enum", number),
        "suggestion": "it's" if given == "its" else None,
    }


def test_every_bad_field_is_named() -> None:
    with pytest.raises(RowError, match=r"^The row cannot be used: see errors for class, \$defs, Class\.$") as refused:
        VALIDATOR.check({"body mass, kg/m²": 1, "class": 2, "Class": None})
    assert [error["detail"] for error in refused.value.errors] == [
        "This value is not allowed.",
        "This field is missing.",
        "There is no such field.",
    ]


@pytest.mark.parametrize("given", [None, [], "text", 3, [ROW]])
def test_what_is_no_object_is_refused(given: Any) -> None:
    with pytest.raises(RowError, match="see errors for the body") as refused:
        VALIDATOR.check(given)
    (error,) = refused.value.errors
    assert error["allowed"] == {"type": "object", "fields": list(STRANGE)}
