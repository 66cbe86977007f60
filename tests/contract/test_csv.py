"""POST /predict/batch with CSV (RFC 4180): answered as the same rows in JSON, each with the line that it begins in."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import httpx
import pytest

from tests.contract.answers import pointer, refused
from tests.contract.rows import (
    Row,
    Schema,
    choices,
    from_csv,
    in_csv,
    missing_texts,
    strict_fields,
    to_csv,
    typical_row,
)

CSV = {"Content-Type": "text/csv"}
AS_JSON = {**CSV, "Accept": "application/json"}


@pytest.fixture(scope="module")
def row(schema: Schema) -> Row:
    """The typical row with a value in each field: an empty cell may not mean missing."""
    typical = typical_row(schema)
    told = {name: [each for each in choices(value) if each is not None] for name, value in schema["properties"].items()}
    return {name: told[name][0] if value is None else value for name, value in typical.items()}


def post_csv(client: httpx.Client, text: str | bytes, **headers: str) -> httpx.Response:
    body = text if isinstance(text, bytes) else text.encode()
    return client.post("/predict/batch", content=body, headers={**CSV, **headers})


def results_of(client: httpx.Client, text: str | bytes) -> list[dict[str, Any]]:
    """Return the results of a CSV, answered as JSON."""
    response = post_csv(client, text, Accept="application/json")
    assert (response.status_code, response.headers["content-type"]) == (200, "application/json"), response.text
    results: list[dict[str, Any]] = response.json()["results"]
    return results


def from_json(client: httpx.Client, rows: list[Any]) -> list[dict[str, Any]]:
    """Return the results of the same rows sent as JSON."""
    results: list[dict[str, Any]] = client.post("/predict/batch", json=rows).raise_for_status().json()["results"]
    return results


def without_line(results: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{name: value for name, value in result.items() if name != "line"} for result in results]


def line_of_first_row(header: list[str]) -> int:
    """Return the line in which the first row begins; names of columns may have newlines."""
    return to_csv(header, []).count("\n") + 1


def flat(results: list[dict[str, Any]], columns: list[str]) -> list[dict[str, Any]]:
    """Return what the columns of a CSV answer should hold; numbers as the text that reads as the same number."""
    lines = []
    for result in results:
        shares = {f"probabilities.{label}": share for label, share in result.get("probabilities", {}).items()}
        found = {**result, **shares}
        lines.append({name: found.get(name, "") for name in columns if name != "problem"})
    return lines


def typed(line: dict[str, str]) -> dict[str, Any]:
    """Return the cells of a line but its problem, each number as one."""
    texts = ("label", "problem")
    return {
        name: cell if name in texts or not cell else float(cell) for name, cell in line.items() if name != "problem"
    }


def columns_of(card: dict[str, Any], *places: str) -> list[str]:
    if card["task"] == "regression":
        return [*places, "value", "typical_error", "base_value", "problem"]
    shares = [f"probabilities.{label}" for label in card["target"]["labels"]]
    return [*places, "label", "probability", *shares, "base_rate", "problem"]


def test_rows_are_answered_as_in_json(client: httpx.Client, rows: list[Row], row: Row, schema: Schema) -> None:
    good = in_csv(rows, schema)
    given = [*good, dict.fromkeys(row, "no such value"), row]
    results = results_of(client, to_csv(list(row), given, *missing_texts(schema)[:1]))
    assert without_line(results) == from_json(client, given)
    bad = [len(good) + 1] if strict_fields(schema) else []
    assert [result["row"] for result in results if "problem" in result] == bad


def test_csv_is_answered_with_csv(client: httpx.Client, rows: list[Row], row: Row, card: dict[str, Any]) -> None:
    given = [*rows, dict.fromkeys(row, "no such value"), row]
    text = to_csv(list(row), given)
    response = post_csv(client, text)
    assert (response.status_code, response.headers["content-type"]) == (200, "text/csv; charset=utf-8")
    lines = from_csv(response.text)
    columns = columns_of(card, "row", "line")
    assert list(lines[0]) == columns
    results = results_of(client, text)
    assert [typed(line) for line in lines] == flat(results, columns)
    assert [bool(line["problem"]) for line in lines] == ["problem" in result for result in results]


def test_json_can_be_answered_with_csv(client: httpx.Client, rows: list[Row], card: dict[str, Any]) -> None:
    given = [*rows[:5], {}]
    response = client.post("/predict/batch", json=given, headers={"Accept": "text/csv"})
    assert (response.status_code, response.headers["content-type"]) == (200, "text/csv; charset=utf-8")
    lines = from_csv(response.text)
    columns = columns_of(card, "row")
    assert list(lines[0]) == columns
    assert [typed(line) for line in lines] == flat(from_json(client, given), columns)
    assert [bool(line["problem"]) for line in lines] == [False] * 5 + [True]


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ("*/*", "text/csv"),
        ("text/*", "text/csv"),
        ("application/*", "application/json"),
        ("application/json;q=0.5, text/csv;q=0.6", "text/csv"),
        ("application/json, text/csv;q=0.6", "application/json"),
        ("text/csv;q=0, */*", "application/json"),
        ("text/html, */*;q=0.1", "text/csv"),
    ],
)
def test_accept_chooses_the_answer(client: httpx.Client, row: Row, accept: str, media_type: str) -> None:
    response = post_csv(client, to_csv(list(row), [row]), Accept=accept)
    assert response.status_code == 200
    assert response.headers["content-type"].partition(";")[0] == media_type


def test_columns_may_stand_in_any_order(client: httpx.Client, rows: list[Row], row: Row) -> None:
    backwards = results_of(client, to_csv(list(row)[::-1], rows[:20]))
    assert backwards == results_of(client, to_csv(list(row), rows[:20]))


def test_columns_that_may_be_missing_may_be_left_out(client: httpx.Client, schema: Schema, row: Row) -> None:
    required = [name for name in row if name in schema["required"]]
    if required:
        (expected,) = from_json(client, [{name: row[name] for name in required}])
        text = to_csv(required, [row])
        assert results_of(client, text) == [{"row": 1, "line": line_of_first_row(required), **expected}]


def test_byte_order_mark_and_any_line_ends_are_read(client: httpx.Client, row: Row) -> None:
    text = to_csv(list(row), [row, row])
    expected = results_of(client, text)
    first = line_of_first_row(list(row))
    assert [result["line"] for result in expected] == [first, first + (text.count("\n") - first + 1) // 2]
    assert results_of(client, b"\xef\xbb\xbf" + text.encode()) == expected
    assert results_of(client, text.removesuffix("\r\n")) == expected
    if not any("\n" in str(cell) for cell in [*row, *row.values()]):
        assert results_of(client, text.replace("\r\n", "\n")) == expected


def test_cells_that_mean_missing_are_null(client: httpx.Client, schema: Schema, row: Row) -> None:
    texts = missing_texts(schema)
    for name in schema["properties"]:
        found = results_of(client, to_csv(list(row), [{**row, name: text} for text in texts], *texts[:1]))
        assert without_line(found) == from_json(client, [{**row, name: None}] * len(texts))
        for result in found:
            if name in schema["required"]:
                (error,) = result["problem"]["errors"]
                assert (error["pointer"], error["given"]) == (pointer(name), None)
            else:
                assert "problem" not in result


def test_quotes_commas_and_newlines_stay_in_their_cells(client: httpx.Client, schema: Schema, row: Row) -> None:
    first = next(iter(strict_fields(schema)))
    texts = ['a "quoted"\nline, with a comma', "\r\n\r\n", '"', ",", " "]
    texts = [text for text in texts if text not in choices(schema["properties"][first])]
    given = [row, *({**row, first: text} for text in texts), row]
    text = to_csv(list(row), given)
    results = results_of(client, text)
    assert [result["problem"]["errors"][0]["given"] for result in results[1:-1]] == texts
    assert "problem" not in results[0]
    assert "problem" not in results[-1]
    lines = [to_csv(list(row), given[:number]).count("\n") + 1 for number in range(len(given))]
    assert [result["line"] for result in results] == lines
    assert [(line["row"], line["line"]) for line in from_csv(post_csv(client, text).text)] == [
        (str(result["row"]), str(result["line"])) for result in results
    ]


@pytest.mark.parametrize(
    "cell",
    ["nan", "inf", "-Infinity", "1e400", "x y", "1_0", "0x1F", "\uff11", "1,5", pytest.param("9" * 5000, id="long")],
)
def test_cell_that_is_no_number_and_no_choice_is_the_problem_of_its_row(
    client: httpx.Client, schema: Schema, row: Row, cell: str
) -> None:
    wrong = [name for name in strict_fields(schema) if cell not in choices(schema["properties"][name])]
    results = results_of(client, to_csv(list(row), [row, {**row, **dict.fromkeys(wrong, cell)}]))
    assert "problem" not in results[0]
    errors = results[1]["problem"]["errors"]
    assert [error["pointer"] for error in errors] == [pointer(name) for name in wrong]
    assert {error["detail"] for error in errors} == {"This value is not allowed."}


def test_row_with_more_or_fewer_cells_is_a_problem(client: httpx.Client, row: Row) -> None:
    whole = to_csv(list(row), [row])
    line = whole.removeprefix(to_csv(list(row), []))
    counts = [len(row) + 1, len(row) + 2, *([len(row) - 1] if len(row) > 1 else [])]
    uneven = [",".join(["x"] * count) + "\r\n" for count in counts]
    results = results_of(client, whole + "".join(uneven) + line)
    assert ["problem" in result for result in results] == [False, *[True] * len(counts), False]
    assert [result["row"] for result in results] == list(range(1, len(counts) + 3))
    second = line_of_first_row(list(row)) + line.count("\n")
    assert [result["line"] for result in results[1:]] == list(range(second, second + len(counts) + 1))
    for result, count in zip(results[1:-1], counts, strict=True):
        assert result["problem"]["status"] == 422
        assert {str(count), str(len(row))} <= set(re.findall(r"\d+", result["problem"]["detail"]))


def test_header_that_does_not_fit_is_refused_once(client: httpx.Client, row: Row) -> None:
    header = list(row)
    for wrong in (
        [*header, "no such field"],  # unknown
        [*header, header[0]],  # twice
        [*header, ""],
        [name.upper() + "~" for name in header],
    ):
        errors = refused(post_csv(client, to_csv(wrong, [row, row, row])), 422)["errors"]
        assert 1 <= len(errors) <= 2 * len(header)


def test_other_separator_is_told(client: httpx.Client, row: Row) -> None:
    detail = refused(post_csv(client, to_csv([";".join([*row, "x"])], [])), 400)["detail"]
    assert detail == "The columns of the CSV must be separated by commas."


def test_header_without_a_required_column_is_refused(client: httpx.Client, schema: Schema, row: Row) -> None:
    if len(row) > 1:
        for name in schema["required"]:
            header = [other for other in row if other != name]
            (error,) = refused(post_csv(client, to_csv(header, [row, row])), 422)["errors"]
            assert error["pointer"] == pointer(name)


@pytest.mark.parametrize("rest", ["", "\r\n", "\n\n\n"])
def test_csv_without_rows_is_refused(client: httpx.Client, row: Row, rest: str) -> None:
    for text in (rest, to_csv(list(row), []).strip() + rest):
        response = post_csv(client, text)
        assert 400 <= response.status_code < 500
        refused(response, response.status_code)


@pytest.mark.parametrize(
    "tail",
    [
        '"not closed',
        '"a"b\n',
        "\x00\n",
        "\r\r\r",
        "\x1c\x85\u2028\n",
        pytest.param("x" * 200_000, id="long cell"),
        pytest.param('"' + "x\n" * 100_000, id="long and not closed"),
    ],
)
def test_broken_csv_is_refused_or_the_problem_of_a_row(client: httpx.Client, row: Row, tail: str) -> None:
    response = post_csv(client, to_csv(list(row), [row]) + tail, Accept="application/json")
    if response.status_code == 200:
        results = response.json()["results"]
        assert ["problem" in result for result in results] == [False] + [True] * (len(results) - 1)
    else:
        refused(response, 400)


def test_more_rows_than_the_limit_are_refused(client: httpx.Client, schema: Schema, row: Row) -> None:
    limit = schema["x-limits"]["max_batch_rows"]
    response = post_csv(client, to_csv(list(row), []) + "x\n" * (limit + 1))
    assert f"{limit:,}" in refused(response, 413)["detail"]


def test_csv_is_only_for_batches(client: httpx.Client, row: Row) -> None:
    for path in ("/predict", "/explain"):
        response = client.post(path, content=to_csv(list(row), [row]), headers=CSV)
        assert "application/json" in refused(response, 415)["detail"]


def test_truth_values_and_dates_are_read_as_tables_write_them(client: httpx.Client, schema: Schema, row: Row) -> None:
    for name, value in schema["properties"].items():
        ways: list[tuple[str, Any]] = []
        if "boolean" in value["type"]:
            ways = [(cell, True) for cell in ("TRUE", "t", "yes", "Y", "1")]
            ways += [(cell, False) for cell in ("False", "F", "no", "n", "0")]
        elif value.get("format") == "date":
            ways = [(cell, "2024-12-01") for cell in ("2024-12-01", "2024-12-01 12:30:00", "2024-12-01T12:30:00Z")]
            ways += [(date(2024, 12, 1).strftime(value["x-format"]), "2024-12-01")] if "x-format" in value else []
        elif "integer" in value["type"]:
            ways = [("3.0", 3), ("3", 3)]
        if ways:
            found = results_of(client, to_csv(list(row), [{**row, name: cell} for cell, _meant in ways]))
            assert without_line(found) == from_json(client, [{**row, name: meant} for _cell, meant in ways])
            assert not [result for result in found if "problem" in result]
