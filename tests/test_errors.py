"""What is said of bad input stays readable, however much of it is bad."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from training.errors import LONGEST, CellError, InputError
from training.problem import Problem
from training.table import read_table


def test_middle_of_a_long_message_is_left_out() -> None:
    short = "t.csv lacks the target 'y'; its columns are a, b"
    assert str(InputError(short)) == short
    long = str(InputError(f"t.csv lacks the target 'y'; its columns are {'9' * 5_000}; name one of them"))
    assert LONGEST - 2 < len(long) <= LONGEST
    assert long.startswith("t.csv lacks the target 'y'; its columns are 999")
    assert long.endswith("999; name one of them")


def test_column_with_a_very_long_name_is_not_told_whole(tmp_path: Path) -> None:
    table = tmp_path / "t.csv"
    table.write_text(f"{'9' * 5_000},a\n1,2\n", encoding="utf-8")
    with pytest.raises(InputError, match="lacks the target 'y'; its columns are 999") as error:
        read_table(str(table), Problem(name="p", title="P", data="", target="y"))
    assert len(str(error.value)) <= LONGEST


def test_errors_come_whole_out_of_another_process() -> None:
    error = pickle.loads(pickle.dumps(InputError("one")))
    assert (type(error), str(error)) == (InputError, "one")
    assert str(CellError("bad", "age", "x")) == "bad"
