"""Batches: each row is answered at its place, and a bad one does not stop the others."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace
from typing import Any

import httpx
import pytest

from predict.model import Model
from predict.settings import Settings
from tests.apps import LONG, TYPICAL, mixed_model, of_task, send, strange_model

HEADER = '"body mass, kg/m²",class,$defs'
GOOD = {"body mass, kg/m²": 2.0, "class": "it's", "$defs": "a"}
CSV = {"Content-Type": "text/csv"}


def predicted(model: Model, row: dict[str, Any]) -> dict[str, Any]:
    answer = model.predict(row)
    del answer["model_version"]
    return answer


def post_csv(text: str, model: Model | None = None, accept: str = "application/json", **options: Any) -> httpx.Response:
    headers = {**CSV, "Accept": accept}
    return send(model or strange_model(), "POST", "/predict/batch", content=text.encode(), headers=headers, **options)


@pytest.mark.parametrize("model", [strange_model(), of_task("multiclass"), of_task("regression")])
def test_rows_are_answered_at_their_places(model: Model) -> None:
    other = {"$defs": "b", "body mass, kg/m²": -1}
    response = send(model, "POST", "/predict/batch", json=[GOOD, other, GOOD])
    expected = [predicted(model, GOOD), predicted(model, {**other, "class": None}), predicted(model, GOOD)]
    assert response.json() == {
        "results": [{"row": number, **each} for number, each in enumerate(expected, 1)],
        "model_version": "0123456789ab",
    }


def test_bad_row_has_a_problem_and_the_others_their_predictions() -> None:
    response = send(strange_model(), "POST", "/predict/batch", json=[GOOD, {**GOOD, "$defs": "B"}, 3])
    assert response.status_code == 200
    first, second, third = response.json()["results"]
    assert first == {"row": 1, **predicted(strange_model(), GOOD)}
    assert second == {
        "row": 2,
        "problem": {
            "type": "about:blank",
            "title": "Unprocessable Content",
            "status": 422,
            "detail": "The row cannot be used: see errors for $defs.",
            "errors": [
                {
                    "pointer": "/$defs",
                    "detail": "This value is not allowed.",
                    "given": "B",
                    "allowed": ["a", "b"],
                    "suggestion": "b",
                }
            ],
        },
    }
    assert (third["row"], third["problem"]["detail"]) == (3, "The row cannot be used: see errors for the body.")


def test_csv_is_answered_with_csv() -> None:
    response = post_csv(f"\ufeff{HEADER}\r\n2,it's,a\r\n\r\n-1e0,,b\r\n1,2\r\n2,it's,A\r\n", accept="*/*")
    assert response.headers["content-type"] == "text/csv; charset=utf-8"
    first, second, third, fourth = csv.DictReader(io.StringIO(response.text, newline=""))
    for found, row, place in (
        (first, GOOD, ("1", "2")),
        (second, {"body mass, kg/m²": -1.0, "class": None, "$defs": "b"}, ("2", "4")),
    ):
        answer = predicted(strange_model(), row)
        assert found == {
            "row": place[0],
            "line": place[1],
            "label": answer["label"],
            "probability": repr(answer["probability"]),
            "probabilities.no": repr(answer["probabilities"]["no"]),
            "probabilities.yes": repr(answer["probabilities"]["yes"]),
            "base_rate": "0.5",
            "problem": "",
        }
    assert [third[name] for name in ("row", "line", "label", "probability", "problem")] == [
        *("3", "5", "", "", "This row has 2 cells, the header has 3.")
    ]
    assert fourth["problem"] == (
        "The row cannot be used: see errors for $defs. "
        "/$defs, given 'A': This value is not allowed. Did you mean a?"
    )  # fmt: skip


@pytest.mark.parametrize("label", ["=1+1", "+x", "-x", "@SUM(1)", "\t=1", "\r=1", '=HYPERLINK("http://a.example";"b")'])
def test_label_that_a_spreadsheet_would_compute_is_a_text_in_csv(label: str) -> None:
    strange = strange_model()
    model = replace(
        strange, document={**strange.document, "target": {**strange.document["target"], "labels": [label, "no"]}}
    )
    row = {**GOOD, "body mass, kg/m²": -9.0}
    answer = send(model, "POST", "/predict/batch", json=[row], headers={"Accept": "text/csv"})
    header, cells = csv.reader(io.StringIO(answer.text, newline=""))
    assert dict(zip(header, cells, strict=True))["label"] == f"'{label}"
    assert header[2:4] == ["probability", f"probabilities.{label}"]
    assert send(model, "POST", "/predict", json=row).json()["label"] == label


@pytest.mark.parametrize("label", ["-1", "+1", "-0.5e3", "1=1", "a", "'=1"])
def test_label_that_is_a_number_or_begins_otherwise_is_the_same_in_csv(label: str) -> None:
    strange = strange_model()
    model = replace(
        strange, document={**strange.document, "target": {**strange.document["target"], "labels": [label, "no"]}}
    )
    answer = send(
        model, "POST", "/predict/batch", json=[{**GOOD, "body mass, kg/m²": -9.0}], headers={"Accept": "text/csv"}
    )
    _header, cells = csv.reader(io.StringIO(answer.text, newline=""))
    assert cells[1] == label


def test_csv_has_the_fields_of_a_regression() -> None:
    response = post_csv(f"{HEADER}\n2,,a\n", of_task("regression"), "text/csv")
    assert response.text == "row,line,value,typical_error,base_value,problem\r\n1,2,6.5,2.0,1.0,\r\n"


def test_columns_stand_in_any_order_and_optional_ones_may_be_left_out() -> None:
    (found,) = post_csv('$defs,"body mass, kg/m²"\nb,3.5').json()["results"]
    row = {"body mass, kg/m²": 3.5, "class": None, "$defs": "b"}
    assert found == {"row": 1, "line": 2, **predicted(strange_model(), row)}


def regression_with(field: str, choices: list[str | None]) -> Model:
    """Return a model to which a field's choices make no difference, with others for it."""
    model = of_task("regression")
    schema = model.document["schema"]
    properties = {**schema["properties"], field: {**schema["properties"][field], "enum": choices}}
    return Model({**model.document, "schema": {**schema, "properties": properties}}, model.scorer)


def test_cells_of_each_kind_are_read_as_in_json() -> None:
    """Under names with commas, quotes and line breaks, and in the ways in which tables write values."""
    opened = "été, 🎈\n<b>"
    lines: list[tuple[list[str], dict[str, Any]]] = [
        (["40", "it's", "Yes", "31/1/2024", "y", "", "low", "2020-02-29 12:00:00"], TYPICAL),
        (
            ["3.0", "é 🎈", "0", "2024-02-01T00:00:00Z", "unseen", "2.5", "high", "2021-01-01"],
            {
                **{"1st": 3, "__proto__": "é 🎈", 'class "def"': False, "a/b~c": "2024-02-01", opened: "unseen"},
                **{"2": 2.5, LONG: "high", "'": "2021-01-01"},
            },
        ),
        (
            ["", "b", "", "", "x", "1e0", "low", "9999-12-31"],
            {"__proto__": "b", opened: "x", "2": 1, LONG: "low", "'": "9999-12-31"},
        ),
        (
            ["2.5", "B", "maybe", "30/02/2024", "", "x", "", "12/31/2024"],
            {
                **{"1st": 2.5, "__proto__": "B", 'class "def"': "maybe", "a/b~c": "30/02/2024", opened: None},
                **{"2": "x", LONG: None, "'": "12/31/2024"},
            },
        ),
    ]
    file = io.StringIO()
    csv.writer(file).writerows([list(TYPICAL), *(cells for cells, _row in lines)])
    found = post_csv(file.getvalue(), mixed_model()).json()["results"]
    rows = [row for _cells, row in lines]
    expected = send(mixed_model(), "POST", "/predict/batch", json=rows).json()["results"]
    for number, result in enumerate(expected):
        result["line"] = number + 3  # the header has two
    assert found == expected
    assert ["problem" in result for result in found] == [False, False, False, True]
    assert [error["suggestion"] for error in found[3]["problem"]["errors"]] == [None, "b", *[None] * 5, "2024-12-31"]


def test_fields_may_hold_commas_quotes_and_lines() -> None:
    text = 'a "quoted",\r\ntwo-line\ntext'
    file = io.StringIO()
    csv.writer(file).writerows([["body mass, kg/m²", "$defs"], ["1", text], ["1", "no"]])
    first, second = post_csv(file.getvalue(), regression_with("$defs", [text])).json()["results"]
    assert first == {"row": 1, "line": 2, "value": 3.5, "typical_error": 2.0, "base_value": 1.0}
    assert (second["line"], second["problem"]["errors"][0]["given"]) == (5, "no")


def test_cells_are_missing_as_the_schema_has_it() -> None:
    cases: list[tuple[list[str | None], list[str] | None, list[bool]]] = [
        (["it's", None], None, [True, False]),
        (["it's"], None, [False, False]),
        (["it's", None], ["", "n/a"], [True, True]),
        (["it's", None], ["n/a"], [False, True]),
        (["", "it's"], [], [True, False]),
        (["", "it's"], None, [False, False]),  # empty cells of the table were missing
    ]
    for choices, missing, are_read in cases:
        model = regression_with("class", choices)
        if missing is not None:
            model.document["schema"]["x-missing"] = missing
        found = post_csv(f"{HEADER}\n2,,a\n2,n/a,a", model).json()["results"]
        assert ["value" in result for result in found] == are_read


@pytest.mark.parametrize("cell", ["nan", "inf", "1e400", "1_000", "1,5", "x", "", "٣", "0x10"])
def test_cell_that_is_no_number_is_refused(cell: str) -> None:
    (found,) = post_csv(f'{HEADER}\n"{cell}",,a').json()["results"]
    (error,) = found["problem"]["errors"]
    assert (error["pointer"], error["detail"]) == ("/body mass, kg~1m²", "This value is not allowed.")


@pytest.mark.parametrize(
    ("text", "status", "detail"),
    [
        ("\ufeff", 400, "The body is empty; expected is a header and a row for each prediction."),
        ("\ufeff \n\n", 400, "The body is empty; expected is a header and a row for each prediction."),
        (f"{HEADER}\n", 422, "The batch has no rows."),
        (f'{HEADER}\n1,,a\n"1,,a\n1,,a', 400, "The CSV cannot be read from line 3 on: unexpected end of data."),
        (f'{HEADER}\n1,,"a"b', 400, "The CSV cannot be read from line 2 on: ',' expected after '\"'."),
        (f"{HEADER}\n1,,{'x' * 200_000}", 400, "The CSV cannot be read from line 2 on: field larger than field limit"),
        ("class,Class", 422, "The header of the CSV cannot be used: see errors for body mass, kg/m², $defs, Class."),
        (f"{HEADER},class\n1,,a,", 422, "The header of the CSV cannot be used: it names 'class' more than once."),
        ("a;b\n1;2", 400, "The columns of the CSV must be separated by commas."),
        (f"{HEADER},\n1,,a,", 422, "The header of the CSV cannot be used: see errors for (empty)."),
    ],
)
def test_csv_that_cannot_be_used_is_told_why(text: str, status: int, detail: str) -> None:
    response = post_csv(text)
    assert (response.status_code, response.headers["content-type"]) == (status, "application/problem+json")
    assert response.json()["detail"].startswith(detail)


def test_column_named_twice_is_told() -> None:
    (error,) = post_csv(f"{HEADER},class\n1,,a,").json()["errors"]
    assert (error["pointer"], error["detail"]) == ("/class", "This column is there twice.")


@pytest.mark.parametrize(("body", "detail"), [({}, "see errors for the body"), ([], "The batch has no rows.")])
def test_json_that_is_no_batch_is_refused(body: Any, detail: str) -> None:
    response = send(strange_model(), "POST", "/predict/batch", json=body)
    assert response.status_code == 422
    assert detail in response.json()["detail"]


def test_batch_is_limited() -> None:
    limited = Settings(max_batch_rows=2)
    for rows, status in ((2, 200), (3, 413)):
        assert post_csv(HEADER + "\n1,,a" * rows, settings=limited).status_code == status
        response = send(strange_model(), "POST", "/predict/batch", settings=limited, json=[GOOD] * rows)
        assert response.status_code == status
    assert response.json()["detail"] == "There are more than 2 rows; send them in several requests."


def test_answers_are_negotiated() -> None:
    refused = post_csv(f"{HEADER}\n1,,a", accept="text/html")
    assert (refused.status_code, refused.json()["detail"]) == (
        406,
        "The answer would be text/csv or application/json, which the header Accept does not allow.",
    )
    headers = {"Accept": "text/csv"}
    table = send(strange_model(), "POST", "/predict/batch", json=[GOOD], headers=headers).text
    assert table.splitlines()[0].startswith("row,label,probability,")


def test_many_bad_rows_are_answered_briefly() -> None:
    """What is allowed and meant is found for the first ones only: for all, it would take minutes and fill memory."""
    model = regression_with("$defs", [f"choice {number}" for number in range(1_000)])
    rows = [{"body mass, kg/m²": 1, "$defs": f"Choice {number}"} for number in range(9_000)]
    response = send(model, "POST", "/predict/batch", json=rows)
    results = [result["problem"]["errors"] for result in response.json()["results"]]
    assert len(results) == 9_000
    assert len(results[4][0]["allowed"]) == 1_000
    assert results[4][0]["suggestion"] == "choice 4"
    assert results[5] == [{"pointer": "/$defs", "detail": "This value is not allowed.", "given": "Choice 5"}]
    assert "Choice 8999" in send(model, "POST", "/predict/batch", json=rows, headers={"Accept": "text/csv"}).text


def test_answer_that_lambda_could_not_carry_is_refused() -> None:
    """Lambda passes it on as JSON text, in which a quote has two characters more, each time."""
    for sign, status in (("x", 200), ('"', 413)):
        rows = [{**GOOD, "class": sign * 100, "$defs": sign * 100}] * 8_000
        response = send(strange_model(), "POST", "/predict/batch", json=rows)
        assert response.status_code == status
    assert re.fullmatch(
        "The answer has [0-9],[0-9,]+ bytes as JSON, at most 6,250,000 can be sent; send fewer rows.",
        response.json()["detail"],
    )


def test_batch_with_too_many_bad_fields_is_refused_before_all_are_told() -> None:
    rows = [{f"unknown {number}": 1 for number in range(20)}] * 1_000
    response = send(strange_model(), "POST", "/predict/batch", json=rows)
    assert (response.status_code, response.json()["detail"]) == (
        413,
        "More than 20,000 fields of the batch are bad, too many to tell; send fewer rows.",
    )


def test_header_of_very_many_unknown_columns_is_refused_at_once() -> None:
    response = post_csv(",".join(f"body mass {number}" for number in range(100_000)) + "\n")
    assert response.status_code == 422
    assert len(response.json()["errors"]) == 22
