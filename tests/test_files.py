"""Files: CSV, plain or compressed, and Parquet."""

from __future__ import annotations

import csv
import gzip
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from training.errors import InputError
from training.problem import Column, Problem
from training.sources import files
from training.sources import parquet as parquet_module
from training.sources.texts import write_values
from training.table import read_table

PROBLEM = Problem(name="p", title="P", data="", target="y", positive="1")
LINES = "".join(f"{i},{i % 2}\n" for i in range(50_000))


def read_parquet(
    folder: Path, columns: dict[str, Any], weight: str | None = None, ignore: str | None = None
) -> list[list[Any]]:
    """Write the columns and y to a Parquet file, and return what is read of it."""
    path = folder / "table.parquet"
    rows = len(next(iter(columns.values())))
    parquet.write_table(pa.table({**columns, "y": [str(row % 2) for row in range(rows)]}), path)
    ignored = {ignore: Column(ignore=True)} if ignore else {}
    table = read_table(str(path), replace(PROBLEM, weight=weight, columns=ignored))
    return [[*row, int(count)] for row, count in zip(table.rows.fillna("").values.tolist(), table.counts, strict=True)]


@pytest.mark.parametrize(
    ("values", "texts"),
    [
        (pa.array([0.1, 3.0], pa.float32()), ["0.1", "3"]),
        (pa.array([1e-7, 2.5]), ["1e-07", "2.5"]),
        (pa.array([np.nan, 2.0]), ["", "2"]),
        (pa.array([-0.0, 0.0]), ["0", "0"]),
        (pa.array([1, 2], pa.int8()), ["1", "2"]),
        (pa.array([True, False]), ["True", "False"]),
        (pa.array(["None", None]), ["None", ""]),
        (pa.array(["a", "b"]).dictionary_encode(), ["a", "b"]),
        (pa.array([0, 86_400], pa.timestamp("s")), ["1970-01-01 00:00:00", "1970-01-02 00:00:00"]),
    ],
)
def test_values_of_parquet_become_texts(tmp_path: Path, values: pa.Array, texts: list[str]) -> None:
    rows = read_parquet(tmp_path, {"a": values})
    assert sorted(rows) == sorted([text, str(row), 1] for row, text in enumerate(texts))


def test_weights_of_parquet_are_counts(tmp_path: Path) -> None:
    assert read_parquet(tmp_path, {"a": ["x", "z"], "n": [2.0, 3.0]}, "n") == [["x", "0", 2], ["z", "1", 3]]


@pytest.mark.parametrize(
    ("weights", "given"), [([1, -2], "'-2'"), ([1.0, 2.5], "'2.5'"), ([1, None], "an empty value")]
)
def test_weights_of_parquet_that_are_no_counts_are_refused(tmp_path: Path, weights: list[Any], given: str) -> None:
    with pytest.raises(
        InputError, match=f"table.parquet, row 2, column 'n': {given} is no weight; counts are whole numbers from 0"
    ):
        read_parquet(tmp_path, {"a": ["x", "z"], "n": weights}, "n")


@pytest.mark.parametrize(
    ("values", "row", "kind"),
    [
        ([None, [1]], 2, "list"),
        ([{"b": 1}, {"b": 2}], 1, "dict"),
        ([b"1", b"2"], 1, "bytes"),
        (pa.array([None, 1], pa.duration("s")), 2, "timedelta"),
    ],
)
def test_parquet_columns_without_single_values_are_refused(tmp_path: Path, values: Any, row: int, kind: str) -> None:
    with pytest.raises(InputError) as error:
        read_parquet(tmp_path, {"a": values})
    assert str(error.value) == (
        f"{tmp_path / 'table.parquet'}, row {row}, column 'a': a value of the type {kind} is no text, number, truth value "
        "or date; set ignore = true for the column in problem.toml, or write it in another way"
    )


@pytest.mark.parametrize(
    ("values", "texts"),
    [
        (pa.array([10_000_000, 0], pa.date32()), ["29349-01-26", "1970-01-01"]),
        (pa.array([-10_000_000, 0], pa.date32()), ["-25410-12-06", "1970-01-01"]),
        (pa.array([-(10**11), 0], pa.timestamp("s")), ["-1199-02-15 14:13:20.000", "1970-01-01 00:00:00"]),
    ],
)
def test_dates_that_python_has_not_are_texts(tmp_path: Path, values: pa.Array, texts: list[str]) -> None:
    assert sorted(row[0] for row in read_parquet(tmp_path, {"a": values})) == sorted(texts)


def test_parquet_reads_only_the_columns_that_are_needed(tmp_path: Path) -> None:
    columns = {"a": ["x", "z"], "b": [[1], [2]]}  # to read b is an error, as another test shows
    assert read_parquet(tmp_path, columns, ignore="b") == [["x", "0", 1], ["z", "1", 1]]


def test_parquet_columns_with_dots_are_read_by_their_whole_names(tmp_path: Path) -> None:
    rows = read_parquet(tmp_path, {"a.b": ["x", "z"], "a": [{"b": "nested"}] * 2}, ignore="a")
    assert rows == [["x", "0", 1], ["z", "1", 1]]


def test_suffix_in_capitals_is_known(tmp_path: Path) -> None:
    path = tmp_path / "TABLE.CSV.GZ"
    path.write_bytes(gzip.compress(b"a,y\nx,0\nz,1\n"))
    assert read_table(str(path), PROBLEM).source == "TABLE.CSV.GZ"


def test_zst_of_several_frames_is_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "table.csv.zst"
    path.write_bytes(compress(b"a,y\nx,0\n") + compress(b"z,1\nz,1\n"))
    assert read_table(str(path), PROBLEM).counts.tolist() == [1, 2]


def compress(content: bytes) -> bytes:
    return bytes(pa.compress(content, codec="zstd", asbytes=True))


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("table.csv.zst", b"a,y\nx,0\n", "cannot be read as CSV: ZSTD decompress failed: Unknown frame descriptor"),
        ("table.csv.zst", compress(f"a,y\n{LINES}".encode())[:-2_000], "cannot be read as CSV: Truncated compressed"),
        ("table.csv.zst", compress(b""), "is empty: a CSV file with a header is expected"),
        ("table.parquet", b"a,y\nx,0\n", "cannot be read as Parquet: "),
        ("table.parquet", b"", "cannot be read as Parquet: "),
        ("table.xlsx", b"", "cannot be read: the name of a file ends in .csv, .csv.gz, .csv.zst or .parquet"),
        ("table", b"a,y\nx,0\n", "cannot be read: the name of a file ends in .csv, .csv.gz, .csv.zst or .parquet"),
    ],
)
def test_damaged_or_unknown_file_is_refused(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError) as error:
        read_table(str(tmp_path / name), PROBLEM)
    assert str(error.value).startswith(f"{tmp_path / name} {message}")
    assert "\n" not in str(error.value)


def test_damaged_parquet_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "table.parquet"
    columns = {"a": np.random.default_rng(0).normal(size=10_000), "y": ["0", "1"] * 5_000}
    parquet.write_table(pa.table(columns), path, write_page_checksum=True)
    content = bytearray(path.read_bytes())
    content[1_000:40_000] = bytes(39_000)
    path.write_bytes(content)
    with pytest.raises(InputError, match="table.parquet cannot be read as Parquet: "):
        read_table(str(path), PROBLEM)


@pytest.mark.parametrize("name", ["table.csv", "table.parquet", "table"])
def test_folder_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    with pytest.raises(InputError) as error:
        read_table(str(tmp_path / name), PROBLEM)
    assert str(error.value) == f"{tmp_path / name} is a folder; name the file in it that is the table"


def test_name_that_the_system_refuses_is_refused() -> None:
    with pytest.raises(InputError, match="x.csv cannot be read as CSV: .*File name too long"):
        read_table("x" * 300 + ".csv", PROBLEM)


def test_parquet_with_two_columns_of_one_name_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "table.parquet"
    parquet.write_table(pa.table([pa.array(["x"])] * 2, names=["a", "a"]), path)
    with pytest.raises(InputError, match="has more than one column named 'a', the columns 1 and 2; rename one of them"):
        read_table(str(path), PROBLEM)


def test_parquet_without_rows_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="has a header but no rows"):
        read_parquet(tmp_path, {"a": pa.array([], pa.string())})


@settings(deadline=None)
@given(st.lists(st.tuples(*[st.text(st.characters(codec="utf-8", exclude_characters="\0"))] * 2), min_size=1))
def test_every_text_of_csv_is_read_as_it_stands(rows: list[tuple[str, str]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "t.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, quoting=csv.QUOTE_ALL).writerows([("a", "y"), *rows])
        chunks = list(files.read_chunks(path, ["a", "y"], "t.csv"))
    assert [tuple(row) for chunk in chunks for row in chunk.to_numpy().tolist()] == rows


def test_chunks_have_few_rows_each(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pd.DataFrame({"a": range(50)}).to_parquet(tmp_path / "t.parquet")
    pd.DataFrame({"a": range(50)}).to_csv(tmp_path / "t.csv", index=False)
    monkeypatch.setattr(files, "CHUNK_ROWS", 20)
    for name in ("t.csv", "t.parquet"):
        chunks = list(files.read_chunks(tmp_path / name, ["a"], name))
        assert [len(chunk) for chunk in chunks] == [20, 20, 10]
        assert [text for chunk in chunks for text in chunk["a"]] == [str(row) for row in range(50)]


def test_dictionary_of_a_damaged_parquet_file_that_lacks_a_value_is_told() -> None:
    values = pa.DictionaryArray.from_arrays(pa.array([0], pa.int32()), pa.array([], pa.string()), safe=False)
    with pytest.raises(files.UNREADABLE, match="^its dictionary lacks a value: Index 0 out of bounds"):
        parquet_module._texts(values, "a", write_values)
