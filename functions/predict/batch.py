"""The batch: many rows predicted at once, as JSON or as CSV; one that cannot be used does not stop the others."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from fastapi import HTTPException

from predict.cells import MISSING, disarm, make_reader
from predict.model import Model, PredictionError
from predict.problems import FieldError, RowError, Schema, field_error, problem_document, refuse_row
from predict.row import RowValidator

# Where a row stands, by what names, and what was given for it, or what is wrong with it as a whole.
Place = dict[str, int]
Given = tuple[Place, Any]
Result = tuple[Place, dict[str, Any]]
Row = dict[str, Any]
Values = tuple[Any, ...]

MOST_TOLD = 5_000  # choices that the bad rows of a batch are told; those after that are only told what is wrong
MOST_BAD = 20_000  # bad fields of a batch


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

    The first line names the columns, in any order. Missing are the texts of the schema's `x-missing`, where it
    has none empty cells.

    Raises:
        HTTPException: 400 if the CSV has no header, or cannot be read, which may show only when its rows are asked for.
        RowError: the header leaves out a field, names an unknown one, or one twice.
    """
    records = _records(text)
    _line, header = next(records, (0, []))
    if not header:
        raise HTTPException(400, "The CSV is empty; its first line must name the columns.")
    _check_header(header, schema)
    missing = schema.get("x-missing", MISSING)
    readers = [make_reader(schema["properties"][name], missing) for name in header]
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
        HTTPException: 413 for more than `most_rows`, or too many bad fields.
        RowError: there are no rows.
    """
    distinct: dict[Values, Row] = {}
    checked: list[tuple[Place, Values | dict[str, Any]]] = []
    told = bad = 0
    for place, given in rows:
        if len(checked) == most_rows:
            raise HTTPException(413, f"There are more than {most_rows:,} rows; send them in several requests.")
        try:
            if isinstance(given, RowError):
                raise given
            row = validator.check(given, is_brief=told >= MOST_TOLD)
        except RowError as error:
            checked.append((place, _problem(error.detail, error.errors)))
            told += sum(len(each.get("allowed", ())) for each in error.errors)
            bad += len(error.errors)
            if bad > MOST_BAD:
                detail = f"More than {MOST_BAD:,} fields of the batch are bad, too many to tell; send fewer rows."
                raise HTTPException(413, detail) from None
        else:
            values = tuple(row.values())
            distinct[values] = row
            checked.append((place, values))
    if not checked:
        raise RowError("The batch has no rows.", [])
    outcomes = dict(zip(distinct, map(_outcome, model.predict_many(list(distinct.values()))), strict=True))
    return [(place, outcomes[found] if isinstance(found, tuple) else found) for place, found in checked]


def write_csv(model: Model, results: list[Result]) -> str:
    """Return the results as CSV, a line each: `probabilities` in a column per class, problems as a sentence.

    A label that a spreadsheet would compute has an apostrophe before it there, and in JSON has not.
    """
    typical = _outcome(model.predict(model.document["typical_row"]))
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(map(disarm, [*results[0][0], *_cells(typical), "problem"]))
    empty = [""] * len(_cells(typical))
    texts: dict[int, list[Any]] = {}  # of each outcome that rows share, written once
    for place, outcome in results:
        if id(outcome) not in texts:
            problem = outcome.get("problem")
            cells = [*empty, _sentence(problem)] if problem else [*_cells(outcome).values(), ""]
            texts[id(outcome)] = [disarm(cell) if isinstance(cell, str) else str(cell) for cell in cells]
        writer.writerow([*place.values(), *texts[id(outcome)]])
    return file.getvalue()


def _outcome(prediction: dict[str, Any] | PredictionError) -> dict[str, Any]:
    """Return what is predicted, without the model's version, which the answer says once, or the problem."""
    if isinstance(prediction, PredictionError):
        return _problem(f"The row cannot be used: {prediction}.", [])
    return {name: value for name, value in prediction.items() if name != "model_version"}


def _problem(detail: str, errors: list[FieldError]) -> dict[str, Any]:
    return {"problem": problem_document(422, detail, errors)}


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
    if len(header) == 1 and header[0] not in schema["properties"] and any(sign in header[0] for sign in ";\t|"):
        raise HTTPException(400, "The columns of the CSV must be separated by commas.")
    counts = Counter(header)
    missing = [entry for entry in schema["required"] if entry not in counts]
    unknown = [name for name in counts if name not in schema["properties"]]
    twice = [name for name, count in counts.items() if count > 1 and name in schema["properties"]]
    if missing or unknown:
        error = refuse_row([*missing, *unknown], {name: name for name in unknown}, schema)
        raise RowError(error.detail.replace("The row", "The header of the CSV"), error.errors)
    if twice:
        detail = f"The header of the CSV cannot be used: it names {twice[0]!r} more than once."
        raise RowError(detail, [{**field_error(twice[0], twice[0], schema), "detail": "This column is there twice."}])


def _uneven(cells: list[str], header: list[str]) -> RowError:
    return RowError(f"This row has {len(cells)} cells, the header has {len(header)}.", [])
