"""Sources: the same table gives the same rows, counts and content hash wherever it is read from."""

from __future__ import annotations

import gzip
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
import sqlalchemy as sa
from pyarrow import parquet

from training.errors import InputError
from training.problem import Problem
from training.sources.loading import load_database
from training.sources.source import find_parts, is_database, name_source
from training.sources.storage import identify
from training.table import Table, read_table

PROBLEM = Problem(name="all-kinds", title="All kinds", data="", target="y", positive="1", weight="n")
COLUMNS = ("whole", "number", "truth", "text", "day", "y", "n")
ROWS: list[tuple[Any, ...]] = [
    (1, 0.1, True, "None", date(2026, 1, 31), 1, 2),
    (2, 1e-7, False, "", date(2026, 2, 1), 0, 1),
    (2, 1e-7, False, "", date(2026, 2, 1), 0, 4),
    (3, 3.0, None, 'a "b", c\nd', None, 1, 1),
    (9007199254740993, 1e22, True, "Æ 'x';--", date(2026, 2, 1), 0, 3),
    (None, None, True, "NULL", date(2026, 2, 1), 0, 1),
    (4, -2.5, True, "x", date(2026, 2, 1), 0, 0),
]
CSV = """whole,number,truth,text,day,y,n
1,0.10,True,None,2026-01-31,1,2
2,1e-7,False,,2026-02-01,0,1
2,0.0000001,False,,2026-02-01,0,4
3,3.0,,"a ""b"", c
d",,1,1
9007199254740993,1e22,True,Æ 'x';--,2026-02-01,0,3
,,True,NULL,2026-02-01,0,1
4,-2.5,True,x,2026-02-01,0,0
"""
EXPECTED = [
    ["1", "0.1", "True", "None", "2026-01-31", "1", 2],
    ["2", "1e-07", "False", "missing", "2026-02-01", "0", 5],
    ["3", "3", "missing", 'a "b", c\nd', "missing", "1", 1],
    ["9007199254740993", "1e+22", "True", "Æ 'x';--", "2026-02-01", "0", 3],
    ["missing", "missing", "True", "NULL", "2026-02-01", "0", 1],
]
FILES = {"t.csv": CSV.encode(), "t.csv.gz": gzip.compress(CSV.encode()), "t.csv.zst": pa.compress(CSV.encode(), "zstd")}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the table as each kind of file."""
    for name, content in FILES.items():
        (tmp_path / name).write_bytes(content)
    columns: dict[str, Any] = {name: [row[position] for row in ROWS] for position, name in enumerate(COLUMNS)}
    parquet.write_table(pa.table(columns), tmp_path / "t.parquet", row_group_size=2)
    return tmp_path


def fill(url: str) -> None:
    """Make the table all_kinds, each column of a type of its own."""
    types = (sa.BigInteger, sa.Double, sa.Boolean, sa.Text, sa.Date, sa.Integer, sa.Integer)
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    columns: list[sa.Column[Any]] = [sa.Column(name, kind) for name, kind in zip(COLUMNS, types, strict=True)]
    table = sa.Table("all_kinds", sa.MetaData(), *columns)
    with engine.begin() as connection:
        table.drop(connection, checkfirst=True)
        table.create(connection)
        connection.execute(table.insert(), [dict(zip(COLUMNS, row, strict=True)) for row in ROWS])


def contents(table: Table) -> list[list[Any]]:
    rows = table.rows.fillna("missing").values.tolist()
    return [[*row, count] for row, count in zip(rows, table.counts.tolist(), strict=True)]


def check_equal(table: Table, folder: Path) -> None:
    """Assert that the table is the one that the CSV file in `folder` holds."""
    assert contents(table) == EXPECTED
    reference = read_table(str(folder / "t.csv"), PROBLEM)
    pd.testing.assert_frame_equal(table.rows, reference.rows)
    assert (table.content_sha256, table.notices) == (reference.content_sha256, ())


@pytest.mark.parametrize("name", [*FILES, "t.parquet"])
def test_every_kind_of_file_gives_the_same_table(folder: Path, name: str) -> None:
    table = read_table(str(folder / name), PROBLEM)
    check_equal(table, folder)
    assert table.source == name


@pytest.mark.parametrize("name", [*FILES, "t.parquet"])
def test_object_of_s3_gives_the_table_of_the_file(folder: Path, bucket: Any, name: str) -> None:
    bucket.upload_file(str(folder / name), "tables", f"some/folder/{name}")
    table = read_table(f"s3://tables/some/folder/{name}", PROBLEM)
    check_equal(table, folder)
    assert (table.source, table.sha256) == (name, read_table(str(folder / name), PROBLEM).sha256)


def test_sqlite_gives_the_same_table(folder: Path) -> None:
    url = f"sqlite:///{folder}/t.db"
    fill(url)
    table = read_table(url, PROBLEM)
    check_equal(table, folder)
    assert (table.source, table.sha256) == ("the table all_kinds of a database", None)


@pytest.mark.parametrize("query", [None, "all_kinds", "public.all_kinds", "SELECT * FROM all_kinds -- all\n;"])
def test_postgresql_gives_the_same_table(folder: Path, postgres_url: str, query: str | None) -> None:
    fill(postgres_url.replace("postgresql:", "postgresql+psycopg:"))
    check_equal(read_table(postgres_url, replace(PROBLEM, query=query)), folder)


@pytest.mark.parametrize("name", [*FILES, "t.parquet"])
def test_table_that_was_loaded_is_read_back_the_same(folder: Path, postgres_url: str, name: str) -> None:
    assert load_database(PROBLEM, str(folder / name), postgres_url) == len(ROWS)
    check_equal(read_table(postgres_url, PROBLEM), folder)


@pytest.mark.parametrize(
    ("uri", "reason"),
    [
        ("s3://no-such-bucket/t.csv", "there is no such bucket"),
        ("s3://tables/no-such.csv", "the bucket has no such key"),
        ("s3://tables", "s3://bucket/key is expected"),
        ("s3://tables/folder/", "the bucket has no such key"),
        ("s3:///t.csv", "s3://bucket/key is expected"),
    ],
)
def test_object_that_is_not_there_is_refused(bucket: Any, uri: str, reason: str) -> None:
    with pytest.raises(InputError) as error:
        read_table(uri, PROBLEM)
    assert str(error.value) == f"{uri} cannot be read: {reason}"


def test_damaged_object_is_refused_by_its_own_name(bucket: Any) -> None:
    bucket.put_object(Bucket="tables", Key="t.csv.gz", Body=b"no gzip")
    with pytest.raises(InputError, match="^s3://tables/t.csv.gz cannot be read as CSV: "):
        read_table("s3://tables/t.csv.gz", PROBLEM)


def test_pattern_of_a_file_uri_has_all_its_signs(tmp_path: Path) -> None:
    for name in ("a b-1.csv", "a b-2.csv", "a b-10.csv"):
        (tmp_path / name).touch()
    expected = [f"{tmp_path}/a b-1.csv", f"{tmp_path}/a b-2.csv"]
    assert find_parts(f"file://{tmp_path}/a%20b-?.csv") == expected
    assert find_parts(f"file://localhost{tmp_path}/a%20b-?.csv") == expected


def test_object_whose_key_is_the_pattern_itself_is_read_alone(bucket: Any) -> None:
    for key in ("k/t[1].csv", "k/t1.csv"):
        bucket.put_object(Bucket="tables", Key=key, Body=b"a\n1\n")
    assert find_parts("s3://tables/k/t[1].csv") == ["s3://tables/k/t[1].csv"]
    assert find_parts("s3://tables/k/t[12].csv") == ["s3://tables/k/t1.csv"]


def test_file_that_is_not_seen_is_never_taken_for_the_same(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    assert identify(str(path)) != identify(str(path))
    path.write_text("a")
    before = identify(str(path))
    assert identify(str(path)) == before
    path.write_text("ab")
    assert identify(str(path)) != before


def test_object_without_credentials_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    with pytest.raises(InputError, match="^s3://tables/t.csv cannot be read: Unable to locate credentials$"):
        read_table("s3://tables/t.csv", PROBLEM)


def test_endpoint_that_does_not_answer_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    message = (
        's3://tables/t.csv cannot be read: Could not connect to the endpoint URL: "http://127.0.0.1:1/tables/t.csv"'
    )
    with pytest.raises(InputError) as error:
        read_table("s3://tables/t.csv", PROBLEM)
    assert str(error.value) == message


@pytest.mark.parametrize(
    ("source", "name", "database"),
    [
        ("data/t.csv", "data/t.csv", False),
        ("file:///t.csv", "file:///t.csv", False),
        ("data/t\n.csv", "'data/t\\n.csv'", False),
        ("data/\udcff.csv", "'data/\\udcff.csv'", False),
        ("s3://tables/t.csv", "s3://tables/t.csv", False),
        ("sqlite:///data/t.db", "sqlite:///data/t.db", True),
        ("postgresql://me:secret@host:5433/db?sslmode=require", "postgresql://host:5433/db", True),
        ("postgresql+psycopg://host/db?user=me&password=secret", "postgresql://host/db", True),
    ],
)
def test_source_is_named_without_its_secrets(source: str, name: str, database: bool) -> None:
    assert (name_source(source), is_database(source)) == (name, database)
