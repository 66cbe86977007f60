"""Faults of CSV files: one sentence that says where and what to do."""

from __future__ import annotations

import csv
import gzip
import io
import zipfile
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from training.errors import InputError
from training.problem import Problem
from training.sources.faults import MOST_BYTES, read_rows
from training.table import read_table

PROBLEM = Problem(name="p", title="P", data="", target="y")
UNCLOSED = ": a quote is opened and not closed, or stands undoubled in a value in quotes; mend it"
ENDLESS = ": no row ends within 4,194,304 letters or 65,536 lines; close its quote, shorten it, or delete empty lines"
TOO_MANY = "; put a value that has a comma in quotes, and delete what stands above the header"
TOO_FEW = "; put a comma for each value that is missing"
SEPARATED = " has its values separated by {}; save it with commas between them"
LATIN = " is not UTF-8; if the file is in Latin-1, convert it to UTF-8, as iconv -f latin1 -t utf-8 does"
NUL = ": a NUL, which no text has; if the file is in UTF-16, convert it to UTF-8, as iconv -f utf-16 -t utf-8 does"
ROWS = "".join(f'"{row}\n",{row % 2}\n' for row in range(200_000))  # of two lines each, more than a block


def zipped() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("t.csv", "a,y\n")
    return file.getvalue()


def stored_as_parquet() -> bytes:
    file = io.BytesIO()
    parquet.write_table(pa.table({"a": ["x"]}), file)
    return file.getvalue()


@pytest.mark.parametrize(
    ("contents", "message"),
    [
        ("a,y\nx,1\nx,1,2\n", ", line 3: 3 values where the header names 2" + TOO_MANY),
        ('a,y\n"x\r\nz\nz",1\nx,1,2\n', ", line 5: 3 values where the header names 2" + TOO_MANY),
        ('\n"a\nb",y\n\nx,1\nx,1,2\n', ", line 6: 3 values where the header names 2" + TOO_MANY),
        ("a,y\rx,1\rx,1,2\r", ", line 3: 3 values where the header names 2" + TOO_MANY),
        ("a,y\nx,1,\nz,0,\n", ", line 2: 3 values where the header names 2" + TOO_MANY),
        ("A title\n\na,b,y\n1,2,3\n", ", line 3: 3 values where the header names 1" + TOO_MANY),
        ('a,b,y\n"x\nz",1,2\nx,1\n', ", line 4: 2 values where the header names 3" + TOO_FEW),
        ("a,y\nx,1\nx", ", line 3: 1 value where the header names 2" + TOO_FEW),
        ("a,y\nx,1\n  \nx,1\n", ", line 3: 1 value where the header names 2" + TOO_FEW),
        (f"a,y\n{ROWS}x\n", ", line 400,002: 1 value where the header names 2" + TOO_FEW),
        ('a,y\nx,1\n"z,0\nx,1\n', ", line 3" + UNCLOSED),
        ('a,y\nx,1\nz,"0\nx,1\n', ", line 3" + UNCLOSED),
        ('a,y\n1,2\n"x,1\n"z",2\n', ", line 3" + UNCLOSED),
        ('"a","y"\n"1","2"\n"3,"4"\n"5","6"\n', ", line 3" + UNCLOSED),
        ('"a,y\n1,2\n', ", line 1" + UNCLOSED),
        (
            f'a,y\nx,1\n"{"z" * 2 * MOST_BYTES}',
            ", line 3: a value has over 1,048,576 letters; close its quote, or shorten it",
        ),
        (
            f"a,b,y\nx,1,2\n{'z' * MOST_BYTES},{'z' * MOST_BYTES},1\n",
            " cannot be read as CSV: a row has over 1,048,576 bytes; shorten it",
        ),
        (f"a,y\nx,1\n{',' * 5 * MOST_BYTES}", ", line 3" + ENDLESS),
        ("a,y\n" + "\n" * 5 * MOST_BYTES + "x,1\n", ", line 65,538" + ENDLESS),
        ("a,y\n" + '"\n",' * 2 * MOST_BYTES, ", line 2" + ENDLESS),
        ("a,y\nx,1\nz,0\n" + "\n" * 5 * MOST_BYTES, ", line 65,540" + ENDLESS),
        ("a,y\r\nx,1\r\nz,0\r\n" + "\r\n" * 5 * MOST_BYTES, ", line 65,540" + ENDLESS),
        ("a,y\nx,1\nz\0,0\n", ", line 3, column 'a'" + NUL),
        ("a\0,y\nx,1\n", ", line 1, column 1" + NUL),
        ("a,y\nx,1\n".encode("utf-16-le"), ", line 1, column 1" + NUL),
        ("town,y\nx,0\nKöln,1\n".encode("latin-1"), ", line 3, column 'town': the byte 0xf6" + LATIN),
        (
            'a,town,y\n"a\nb\nc",x,0\n"d\ne",Köln,1\n'.encode("latin-1"),
            ", line 6, column 'town': the byte 0xf6" + LATIN,
        ),
        ("a,größe,y\nx,1,0\n".encode("latin-1"), ", line 1, column 2: the byte 0xf6" + LATIN),
        ("a,y\nx,1\n".encode("utf-16"), " is in UTF-16; convert it to UTF-8, as iconv -f utf-16 -t utf-8 does"),
        ("a,y\nx,1\n".encode("utf-32"), " is in UTF-32; convert it to UTF-8, as iconv -f utf-32 -t utf-8 does"),
        ("a;y\nx;1\n", SEPARATED.format("';'")),
        ("a\ty\nx\t1\n", SEPARATED.format("tabs")),
        ("a|y\nx|1\n", SEPARATED.format("'|'")),
        ("size, cm;a;y\n1,5;2;3\n2,5;1;2\n", SEPARATED.format("';'")),
        ("Report\na;b;y\n1;2;3\n", SEPARATED.format("';'")),
        ('"a,y"\n"x,1"\n', " has each of its lines in quotes, as a whole; save it without them"),
        ("a,y\n", " has a header but no rows"),
        ("a,y", " has a header but no rows"),
        ("", " is empty: a CSV file with a header is expected"),
        ("\ufeff\n\n", " is empty: a CSV file with a header is expected"),
        (zipped(), " is a ZIP archive, as Excel workbooks (.xlsx) are; unpack it, or save the sheet as CSV UTF-8"),
        (stored_as_parquet(), " is Parquet; end its name in .parquet"),
        (gzip.compress(b"a,y\nx,1\n", mtime=0), " is compressed with gzip; end its name in .csv.gz"),
        (pa.compress(b"a,y\nx,1\n", "zstd", asbytes=True), " is compressed with zstd; end its name in .csv.zst"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", " is a picture (PNG); name a table"),
        ("<!DOCTYPE html>\n<html>\n", " is HTML, such as the page of a download; save the table itself"),
        (
            "x" * 2 * MOST_BYTES,
            " has a first line of over 1,048,576 bytes, which is no header of a CSV file; name a table",
        ),
    ],
)
def test_fault_is_told_with_its_place_and_its_cure(tmp_path: Path, contents: str | bytes, message: str) -> None:
    file = tmp_path / "t.csv"
    file.write_bytes(contents.encode() if isinstance(contents, str) else contents)
    with pytest.raises(InputError) as error:
        read_table(str(file), PROBLEM)
    assert str(error.value) == f"{file}{message}"


@pytest.mark.parametrize("suffix", [".csv.gz", ".csv.zst"])
def test_line_of_a_compressed_file_is_that_of_its_text(tmp_path: Path, suffix: str) -> None:
    file = tmp_path / f"t{suffix}"
    text = b"a,y\nx,1\nx\n"
    file.write_bytes(gzip.compress(text) if suffix == ".csv.gz" else pa.compress(text, "zstd", asbytes=True))
    with pytest.raises(InputError, match="line 3: 1 value where the header names 2"):
        read_table(str(file), PROBLEM)


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("\ufeffa,y\nx,1\n", [["x", "1"]]),
        ("\ufeff\r\n\r\na,y\r\nx,1", [["x", "1"]]),
        ("a,y\rx,1\r", [["x", "1"]]),
        ('a,y\n5" pipe,1\n', [['5" pipe', "1"]]),
        ('a,y\n"x""z",1\n', [['x"z', "1"]]),
        ('a,y\n"x\n\n,z",1\n\n', [["x\n\n,z", "1"]]),
        ("a;b,y\nx;z,1\n", [["x;z", "1"]]),
        ('a,y\n"x;z|\t",1\n', [["x;z|\t", "1"]]),
        ("a,y\nNA,null\n", [["NA", "null"]]),
    ],
)
def test_what_only_looks_like_a_fault_is_read(tmp_path: Path, text: str, rows: list[list[str]]) -> None:
    (tmp_path / "t.csv").write_bytes(text.encode())
    assert read_table(str(tmp_path / "t.csv"), PROBLEM).rows.to_numpy().tolist() == rows


def test_reading_that_is_given_up_leaves_the_limit_of_cells_as_it_was() -> None:
    before = csv.field_size_limit()
    rows = read_rows(io.BytesIO(b"a,b\n1,2\n"))
    assert next(rows) == (1, ["a", "b"])
    assert csv.field_size_limit() == before
