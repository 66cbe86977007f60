"""The batch: many rows predicted at once, as JSON or as CSV; one that cannot be used does not stop the others."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Any

from fastapi import HTTPException

from predict.model import Model
from predict.problems import MOST_UNKNOWN, RowError, Schema, field_error, missing_field, problem_document
from predict.row import RowValidator

# Where a row stands, by what names, and what was given for it, or what is wrong with it as a whole.
Place = dict[str, int]
Given = tuple[Place, Any]
Result = tuple[Place, dict[str, Any]]

MOST_EXPLAINED = 20  # bad rows of a batch that are told what is allowed; the others only what is wrong


def read_rows(value: Any) -> Iterator[Given]:
    """Return the rows of a JSON array, each with its place: `row`, from 1.

    Raises:
        RowError: `value` is no array.
    """
    if not isinstance(value, list):
        error = {
            "pointer": "",
            "detail": "A JSON array of rows is expected.",
            "given": type(value).__name__,
            "allowed": {"type": "array", "items": "rows, as /schema has them"},
            "suggestion": None,
        }
        raise RowError("The batch cannot be used: see errors for the body.", [error])
    return (({"row": number}, row) for number, row in enumerate(value, 1))


def read_csv(text: str, schema: Schema) -> Iterator[Given]:
    """Return the rows of a CSV (RFC 4180), each with its place: `row`, from 1, and the `line` of the file it begins in.

    The first line names the columns, in any order. An empty cell is missing, unless the empty text is one of the
    choices.

    Raises:
        HTTPException: 400 if the CSV has no header, or cannot be read, which may show only when its rows are asked for.
        RowError: the header leaves out a field, names an unknown one, or one twice.
    """
    records = _records(text)
    _line, header = next(records, (0, []))
    if not header:
        raise HTTPException(400, "The CSV is empty; its first line must name the columns.")
    _check_header(header, schema)
    readers = [_reader(schema["properties"][name]) for name in header]
    return (
        (
            {"row": number, "line": line},
            {name: read(cell) for name, read, cell in zip(header, readers, cells, strict=True)}
            if len(cells) == len(header)
            else _uneven(cells, header),
        )
        for number, (line, cells) in enumerate(records, 1)
    )


def predict_batch(model: Model, validator: RowValidator, rows: Iterable[Given], most_rows: int) -> list[Result]:
    """Return for each row its place and what is predicted, or a `problem`. Equal rows are scored once, and share it.

    Raises:
        HTTPException: 413 for more than `most_rows`.
        RowError: there are no rows.
    """
    predictions: dict[tuple[Any, ...], dict[str, Any]] = {}
    results: list[Result] = []
    bad_rows = 0
    for place, given in rows:
        if len(results) == most_rows:
            raise HTTPException(413, f"There are more than {most_rows:,} rows; send them in several requests.")
        try:
            if isinstance(given, RowError):
                raise given
            row = validator.check(given, is_brief=bad_rows >= MOST_EXPLAINED)
        except RowError as error:
            bad_rows += 1
            results.append((place, {"problem": problem_document(422, error.detail, error.errors)}))
            continue
        key = tuple(row.values())
        if key not in predictions:
            predictions[key] = model.predict(row)
            del predictions[key]["model_version"]  # which the answer says once
        results.append((place, predictions[key]))
    if not results:
        raise RowError("The batch has no rows.", [])
    return results


def write_csv(model: Model, results: list[Result]) -> str:
    """Return the results as CSV, a line each: `probabilities` in a column per class, problems as a sentence."""
    typical = model.predict(model.document["typical_row"])
    del typical["model_version"]
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow([*results[0][0], *_cells(typical), "problem"])
    empty = [""] * len(_cells(typical))
    texts: dict[int, list[Any]] = {}  # of each outcome that rows share, written once
    for place, outcome in results:
        if id(outcome) not in texts:
            problem = outcome.get("problem")
            cells = [*empty, _sentence(problem)] if problem else [*_cells(outcome).values(), ""]
            texts[id(outcome)] = [str(cell) for cell in cells]
        writer.writerow([*place.values(), *texts[id(outcome)]])
    return file.getvalue()


def _cells(prediction: dict[str, Any]) -> dict[str, Any]:
    """Return the cells of a prediction, by column."""
    cells: dict[str, Any] = {}
    for name, value in prediction.items():
        if isinstance(value, dict):
            cells |= {f"{name}.{label}": share for label, share in value.items()}
        else:
            cells[name] = value
    return cells


def _sentence(problem: dict[str, Any]) -> str:
    """Return what is wrong with a row, as a spreadsheet can show it."""
    words = [problem["detail"]]
    for error in problem["errors"]:
        near = f" Did you mean {error['suggestion']}?" if error.get("suggestion") else ""
        words.append(f"{error['pointer']}, given {error['given']!r}: {error['detail']}{near}")
    return " ".join(words)


def _records(text: str) -> Iterator[tuple[int, list[str]]]:
    """Return the records of a CSV that are not blank, each with the line it begins in.

    Raises:
        HTTPException: 400, where a record cannot be read.
    """
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader, None)
        except csv.Error as error:
            raise HTTPException(400, f"The CSV cannot be read from line {line} on: {error}.") from None
        if cells is None:
            return
        if cells:
            yield line, cells


def _check_header(header: list[str], schema: Schema) -> None:
    names = schema["properties"]
    unknown = [name for name in header if name not in names]
    errors = [field_error(name, None, schema) for name in unknown[:MOST_UNKNOWN]]
    errors += [missing_field(name, schema) for name in schema["required"] if name not in header]
    for name in names:
        if header.count(name) > 1:
            errors.append(missing_field(name, schema) | {"detail": "The header names this column more than once."})
    if errors:
        columns = ", ".join(error["pointer"].removeprefix("/") for error in errors)
        raise RowError(f"The header of the CSV cannot be used: see errors for {columns}.", errors)


def _reader(value: Schema) -> Any:
    """Return the function that turns a cell of a column into what JSON would have there."""
    choices = value.get("enum")
    if choices is None:
        return _number
    return (lambda cell: cell) if "" in choices else (lambda cell: cell or None)


def _number(cell: str) -> float | str | None:
    """Return the number that a cell holds, or its text, for the validator to refuse."""
    try:
        return float(cell) if cell.isascii() and "_" not in cell else cell
    except ValueError:
        return cell or None


def _uneven(cells: list[str], header: list[str]) -> RowError:
    return RowError(f"This row has {len(cells)} cells, the header has {len(header)}.", [])
