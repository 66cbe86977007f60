"""Tables are read in chunks, checked, and folded into distinct rows with counts."""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from training import folding
from training.errors import InputError
from training.problem import Column, Problem
from training.sources import files
from training.table import MOST_COLUMNS, read_table

PROBLEM = Problem(name="p", title="P", data="", target="y", positive="1", weight="n")
CSV = "a,y,n\nx,1,2\nNone,0,3\nx,1,5\nx,0,0\n,0,1\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "table.csv"


def test_identical_rows_are_folded_into_counts(file: Path) -> None:
    file.write_text(CSV)
    table = read_table(str(file), PROBLEM)
    assert table.rows.fillna("missing").values.tolist() == [["None", "0"], ["x", "1"], ["missing", "0"]]
    assert table.counts.tolist() == [3, 7, 1]
    assert table.notices == ()


def test_chunks_and_order_of_arrival_change_nothing(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file.write_text(CSV)
    whole = read_table(str(file), PROBLEM)
    header, *lines = CSV.splitlines()
    file.write_text("\n".join([header, *reversed(lines)]))
    monkeypatch.setattr(files, "CHUNK_ROWS", 1)
    monkeypatch.setattr(folding, "CHUNK_ROWS", 1)
    chunked = read_table(str(file), PROBLEM)
    assert chunked.rows.equals(whole.rows)
    assert np.array_equal(chunked.counts, whole.counts)


def test_gzip_and_file_uri_are_read(tmp_path: Path) -> None:
    file = tmp_path / "my table.csv.gz"
    file.write_bytes(gzip.compress(CSV.encode()))
    assert read_table(file.as_uri(), PROBLEM).counts.tolist() == [3, 7, 1]


def test_byte_order_mark_line_ends_and_odd_names_are_read(file: Path) -> None:
    file.write_bytes('\ufeff__count__,"a, b",y\r\n1,"x\r\ny",1\r\n2,"",0\r\n'.encode())
    table = read_table(str(file), PROBLEM)
    assert list(table.rows.columns) == ["__count__", "a, b", "y"]
    assert table.rows["a, b"].fillna("missing").tolist() == ["x\r\ny", "missing"]


def test_table_without_the_weight_column_counts_lines_and_says_so(file: Path) -> None:
    file.write_text("a,y\nx,1\nx,1\nz,0\n")
    table = read_table(str(file), PROBLEM)
    assert table.counts.tolist() == [2, 1]
    assert table.notices == ("table.csv has no column 'n': each of its lines counts as one row",)


def test_query_is_for_databases_and_a_file_says_so(file: Path) -> None:
    file.write_text(CSV)
    table = read_table(str(file), replace(PROBLEM, query="SELECT"))
    assert table.notices == ("table.csv is a file: the query of problem.toml is not used",)


def test_ignored_column_does_not_split_rows(file: Path) -> None:
    file.write_text("id,a,y\n1,x,1\n2,x,1\n3,z,0\n")
    problem = replace(PROBLEM, weight=None, columns={"id": Column(ignore=True)})
    table = read_table(str(file), problem)
    assert list(table.rows.columns) == ["a", "y"]
    assert table.counts.tolist() == [2, 1]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty: a CSV file with a header is expected"),
        ("a,y,n\n", "has a header but no rows"),
        ("a,y,a\n1,1,2\n2,0,2\n", "has more than one column named 'a', the columns 1 and 3; rename one of them"),
        ("a,b\n1,2\n", "lacks the target 'y'; its columns are a, b"),
        ("y,n\n1,2\n", "has no feature beside the target 'y'"),
        ("a,y\nx,\nz,\n", "the target 'y' is missing in every row"),
        ("a,y,n\nx,1,-2\n", ", line 2, column 'n': '-2' is no weight; counts are whole numbers from 0 to 999,999,999"),
        ("a,y,n\nx,1,1.5\n", "'1.5' is no weight"),
        ("a,y,n\nx,1,\n", "an empty value is no weight"),
        ("a,y,n\nx,1,many\n", "'many' is no weight"),
        ("a,y,n\nx,1,1000000000\n", "'1000000000' is no weight"),
        ("a,y,n\nx,1,1e30\n", "'1e30' is no weight"),
        ("a,y,n\nx,1,0\nx,0,0\n", "all counts of the weight 'n' are 0"),
        (",a,y,n\n0,x,1,1\n1,x,0,1\n", "column 1 has no name, as the index has that pandas writes"),
    ],
)
def test_bad_table_is_refused(file: Path, text: str, message: str) -> None:
    file.write_text(text)
    with pytest.raises(InputError) as error:
        read_table(str(file), PROBLEM)
    assert message in str(error.value)
    assert str(file) in str(error.value)


def test_rows_without_the_target_are_left_out_with_a_notice(file: Path) -> None:
    file.write_text("a,y\nx,1\nx,0\nz,\nx,\n")
    table = read_table(str(file), replace(PROBLEM, weight=None))
    assert table.rows.to_dict("list") == {"a": ["x", "x"], "y": ["0", "1"]}
    assert table.notices == (
        "2 rows without the target 'y': nothing can be learnt from what is not told, and such rows are left out",
    )


def test_file_that_is_no_gzip_is_refused(tmp_path: Path) -> None:
    (tmp_path / "table.csv.gz").write_text(CSV)
    with pytest.raises(InputError, match="cannot be read as CSV"):
        read_table(str(tmp_path / "table.csv.gz"), PROBLEM)


def test_truncated_gzip_is_refused(tmp_path: Path) -> None:
    text = "a,y,n\n" + "".join(f"{i},{i % 2},{i * 7919 % 1009}\n" for i in range(5_000))
    (tmp_path / "table.csv.gz").write_bytes(gzip.compress(text.encode())[:-2_000])
    with pytest.raises(InputError, match="cannot be read as CSV"):
        read_table(str(tmp_path / "table.csv.gz"), PROBLEM)


def test_damaged_gzip_is_refused(tmp_path: Path) -> None:
    text = "a,y,n\n" + "".join(f"{i},{i % 2},{i * 7919 % 1009}\n" for i in range(50_000))
    data = bytearray(gzip.compress(text.encode()))
    data[len(data) // 2 : len(data) // 2 + 50] = bytes(50)
    (tmp_path / "table.csv.gz").write_bytes(data)
    with pytest.raises(InputError, match="cannot be read as CSV"):
        read_table(str(tmp_path / "table.csv.gz"), PROBLEM)


def test_missing_values_are_those_texts_and_no_others(file: Path) -> None:
    file.write_text("a,y,n\n-9,1,1\n-9.0,1,2\nNA,0,4\n,0,8\n")
    table = read_table(str(file), replace(PROBLEM, missing_values=["-9", ""]))
    assert table.rows["a"].fillna("missing").tolist() == ["-9.0", "NA", "missing", "missing"]
    assert table.counts.tolist() == [2, 4, 8, 1]


def test_column_of_problem_toml_that_the_table_lacks_is_refused_with_the_nearest_name(file: Path) -> None:
    file.write_text(CSV.replace("a,", "Age,"))
    for problem in (replace(PROBLEM, columns={"aeg": Column()}), replace(PROBLEM, sensitive=["aeg"])):
        with pytest.raises(InputError) as error:
            read_table(str(file), problem)
        assert str(error.value) == (
            f"{file} lacks the column 'aeg' of problem.toml; the nearest name is 'Age', its columns are Age, y, n"
        )


def test_table_of_too_many_columns_is_refused_unless_they_are_ignored(file: Path) -> None:
    names = [f"c{position}" for position in range(MOST_COLUMNS)]
    file.write_text(f"{','.join(names)},y\n{'1,' * MOST_COLUMNS}0\n{'2,' * MOST_COLUMNS}1\n")
    with pytest.raises(InputError) as error:
        read_table(str(file), replace(PROBLEM, weight=None))
    assert str(error.value) == (
        f"{file} has 201 columns to read, 200 at most can be; set ignore = true for others in problem.toml, or save the "
        "table without them"
    )
    ignored = {"c7": Column(ignore=True)}
    assert read_table(str(file), replace(PROBLEM, weight=None, columns=ignored)).rows.shape == (2, 200)


@pytest.mark.parametrize("source", ["no-such.csv", "file:///no/such.csv", "//[.csv", "t\0.csv"])
def test_missing_file_is_refused(source: str) -> None:
    with pytest.raises(InputError, match="does not exist; name the table with `data` in problem.toml or with --data"):
        read_table(source, PROBLEM)


def test_numbers_are_written_in_one_way_and_folded(file: Path) -> None:
    file.write_text("a,y\n1.0,1\n1,1\n1e-7,0\n0.0000001,0\n-9.0,0\n")
    table = read_table(str(file), replace(PROBLEM, weight=None, missing_values=["-9"]))
    assert table.rows.fillna("missing").values.tolist() == [["1", "1"], ["1e-07", "0"], ["missing", "0"]]
    assert table.counts.tolist() == [2, 2, 1]


@pytest.mark.parametrize("column", [Column(kind="category"), Column(choices=["1.0", "1.10", "1"])])
def test_codes_that_look_like_numbers_stand_as_they_are(file: Path, column: Column) -> None:
    file.write_text("a,y\n1.0,1\n1.10,0\n1,1\n")
    table = read_table(str(file), replace(PROBLEM, weight=None, columns={"a": column}))
    assert table.rows["a"].tolist() == ["1", "1.0", "1.10"]


def test_numbers_with_leading_zeros_stand_as_they_are(file: Path) -> None:
    file.write_text("a,y\n007,1\n7,0\n7.0,0\n")
    assert read_table(str(file), replace(PROBLEM, weight=None)).rows["a"].tolist() == ["007", "7", "7.0"]


def test_classes_that_problem_toml_quotes_stand_as_they_are(file: Path) -> None:
    file.write_text("a,y\nx,1.0\nz,0.0\n")
    quoted = replace(PROBLEM, weight=None, positive="1.0")
    assert read_table(str(file), quoted).rows["y"].tolist() == ["1.0", "0.0"]
    assert read_table(str(file), replace(quoted, positive=None)).rows["y"].tolist() == ["1", "0"]


def test_few_texts_among_numbers_are_noticed(file: Path) -> None:
    numbers = "".join(f"{i},{i % 2}\n" for i in range(16))
    problem = replace(PROBLEM, weight=None)
    file.write_text(f"a,y\n{numbers}unknown,1\nn/a,1\n?,0\n-,0\n")
    assert read_table(str(file), problem).notices == (
        "the column 'a' holds 16 different numbers, but also '-', '?', 'n/a', ...: it is taken for a category; if that "
        'means missing, add it to missing_values in problem.toml, else set kind = "category" for it',
    )
    meant = {"missing_values": ["unknown", "n/a", "?", "-"]}, {"columns": {"a": Column(kind="category")}}
    assert [read_table(str(file), replace(problem, **settings)).notices for settings in meant] == [(), ()]


def test_texts_with_some_numbers_are_not_noticed(file: Path) -> None:
    file.write_text("a,y\n1,1\n2,0\n3+,0\n")
    assert read_table(str(file), replace(PROBLEM, weight=None)).notices == ()


def test_content_hash_is_that_of_rows_and_counts(file: Path) -> None:
    file.write_text(CSV)
    content = '["a", "None", "x", null]\n["y", "0", "1", "0"]\n[3, 7, 1]'
    assert read_table(str(file), PROBLEM).content_sha256 == hashlib.sha256(content.encode()).hexdigest()


@pytest.mark.parametrize("text", [CSV.replace("x,1,5", "x,1,6"), CSV.replace("None", "none"), CSV.replace("a,", "b,")])
def test_other_content_has_another_hash(file: Path, text: str) -> None:
    file.write_text(CSV)
    before = read_table(str(file), PROBLEM).content_sha256
    file.write_text(text)
    assert read_table(str(file), PROBLEM).content_sha256 != before
