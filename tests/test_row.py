"""A row is checked against the schema, and comes back whole."""

from __future__ import annotations

from typing import Any

import pytest

from predict.problems import RowError
from predict.row import RowValidator
from tests.apps import LARGEST, LONG, MIXED, STRANGE, TYPICAL, mixed_model, strange_model

OPEN = "été, 🎈\n<b>"
ROW = {"body mass, kg/m²": 2.5, "class": "it's", "$defs": "b"}


def check_strange(given: Any) -> dict[str, Any]:
    return RowValidator(strange_model().document["schema"]).check(given)


def check_mixed(given: Any) -> dict[str, Any]:
    return RowValidator(mixed_model().document["schema"]).check(given)


def test_row_comes_back_in_the_schemas_order() -> None:
    row = check_strange(dict(reversed(ROW.items())))
    assert list(row.items()) == list(ROW.items())


def test_optional_field_that_is_left_out_is_none() -> None:
    row = check_strange({"$defs": "a", "body mass, kg/m²": 2})
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
        check_strange({**ROW, field: given})
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
        check_strange({"body mass, kg/m²": 1, "class": 2, "Class": None})
    assert [error["detail"] for error in refused.value.errors] == [
        "This value is not allowed.",
        "This field is missing.",
        "There is no such field.",
    ]


@pytest.mark.parametrize("given", [None, [], "text", 3, [ROW]])
def test_what_is_no_object_is_refused(given: Any) -> None:
    with pytest.raises(RowError, match="see errors for the body") as refused:
        check_strange(given)
    (error,) = refused.value.errors
    assert error["allowed"] == {"type": "object", "fields": list(STRANGE)}


@pytest.mark.parametrize(
    ("field", "given", "taken"),
    [
        ("1st", 2, 2.0),
        ("1st", 2.0, 2.0),
        ("1st", -(10**30), -1e30),
        ("1st", None, None),
        ("2", 2, 2.0),
        ("2", -0.5, -0.5),
        ("2", None, None),
        ('class "def"', True, True),
        ('class "def"', False, False),
        ('class "def"', None, None),
        ("a/b~c", None, None),
        ("'", "0001-01-01", "0001-01-01"),
        ("'", "9999-12-31", "9999-12-31"),
        ("'", "2024-02-29", "2024-02-29"),
        ("__proto__", "é 🎈", "é 🎈"),
        (OPEN, "x", "x"),
        (OPEN, "(other)", "(other)"),
        (OPEN, "any text, even \0 and 🎈", "any text, even \0 and 🎈"),
        (OPEN, "", ""),
    ],
)
def test_value_of_each_kind_is_taken(field: str, given: Any, taken: Any) -> None:
    row = check_mixed({**TYPICAL, field: given})
    assert (list(row), row[field], type(row[field])) == (list(MIXED), taken, type(taken))


def test_fields_that_may_be_missing_may_be_left_out() -> None:
    required = {"__proto__": "b", OPEN: "x", LONG: "low", "'": "2024-01-01"}
    assert list(check_mixed(required).items()) == [(name, required.get(name)) for name in MIXED]
    for name in required:
        with pytest.raises(RowError) as refused:
            check_mixed({key: value for key, value in required.items() if key != name})
        assert [error["detail"] for error in refused.value.errors] == ["This field is missing."]
        with pytest.raises(RowError) as refused:
            check_mixed({**required, name: None})
        assert [error["detail"] for error in refused.value.errors] == ["This value is not allowed."]


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("1st", [2.5, "2", True, 1e39, float("nan"), float("inf"), 10**400, [2]]),
        ("2", ["2.5", False, 1e39, float("nan"), {}]),
        ('class "def"', [1, 0, 1.0, "true", "", []]),
        (
            "'",
            ["2023-02-29", "2024-1-05", "0000-01-01", "10000-01-01", "20240131", "2024-W01-1", "2024-01-31T00:00:00"],
        ),
        ("a/b~c", ["", "31/01/2024", " 2024-01-31", "٢٠٢٤-01-01", 20240131, True]),
        ("__proto__", ["", "It's", "__proto__", None, 0, ["b"]]),
        (OPEN, ["\ud800", "x\udfff", None, 0, False, ["x"]]),
    ],
)
def test_value_of_another_kind_is_refused(field: str, wrong: list[Any]) -> None:
    assert wrong
    for given in wrong:
        with pytest.raises(RowError) as refused:
            check_mixed({**TYPICAL, field: given})
        assert len(refused.value.errors) == 1, given


@pytest.mark.parametrize("name", ["1st", "__proto__", "class", "a/b~c", "\"'", "é 🎈", "7", "", "n" * 200, "a\nb"])
def test_field_may_have_any_name(name: str) -> None:
    validator = RowValidator({"properties": {name: MIXED["2"], "other": MIXED[LONG]}, "required": ["other"]})
    assert validator.check({"other": "low", name: 1}) == {name: 1.0, "other": "low"}
    with pytest.raises(RowError) as refused:
        validator.check({"other": "low", name: "x", name + "!": 1})
    known, unknown = refused.value.errors
    assert known["pointer"] == "/" + name.replace("~", "~0").replace("/", "~1")
    assert (unknown["detail"], unknown["allowed"]) == ("There is no such field.", [name, "other"])
