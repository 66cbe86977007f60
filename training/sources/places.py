"""Places: where in a table a value stands that cannot be used, found by reading the table once more."""

from __future__ import annotations

from training.errors import CellError, InputError
from training.problem import Problem
from training.sources.source import name_source, open_source
from training.sources.texts import read_numeral


def locate(error: CellError, source: str, problem: Problem) -> InputError:
    """Return the error with where the value is: t.csv, line 17, column 'age': ..."""
    place = find_cell(source, problem, error.column, error.text)
    return InputError(f"{', '.join(filter(None, (name_source(source), place)))}, column {error.column!r}: {error}")


def find_cell(source: str, problem: Problem, column: str, text: str) -> str | None:
    """Return where `text` first stands in a column: "line 17" of a CSV file, "row 17" of another table.

    A number may be written in another way there, and "" means any value that is missing. None if it is not found.
    """
    quoted = problem.is_quoted(column)
    try:
        with open_source(source, problem) as table:
            for place, found in table.cells(column):
                cell = found or ""
                is_missing = not text and cell in (*problem.missing_values, "")
                if cell == text or is_missing or (not quoted and read_numeral(cell) == text):
                    return place
    except InputError:  # the table has changed meanwhile
        pass
    return None
