"""Loading: a table copied into PostgreSQL, whole or not at all, as often as one likes."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pandas as pd
import psycopg
import pytest

from tests.postgres import postgres as postgres
from training.errors import InputError
from training.problem import Column, Problem
from training.sources import files
from training.sources.loading import _fitting, load_database
from training.table import read_table

PROBLEM = Problem(name="a-b", title="P", data="", target="y", positive="1")
TYPES = """SELECT column_name, data_type FROM information_schema.columns WHERE table_schema = 'public'
    AND table_name = 'a_b' ORDER BY ordinal_position"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "t.csv"


def tables(connection: psycopg.Connection) -> list[tuple[object, ...]]:
    return connection.execute("SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace").fetchall()


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ("1,-2,9223372036854775807", "bigint"),
        ("1,9223372036854775808", "text"),
        ("1,2.5,1e-7", "double precision"),
        ("1.0,2.0", "double precision"),
        ("9007199254740993,0.5", "text"),  # the first is no 64-bit float
        ("1,NA", "bigint"),
        ("1,n/a", "text"),
        ("007,8", "text"),
        ("NA,NA", "text"),
        ("x,z", "text"),
    ],
)
def test_column_has_the_type_that_gives_its_values_back(
    postgres: psycopg.Connection, postgres_url: str, file: Path, values: str, kind: str
) -> None:
    file.write_text("a,y\n" + "".join(f"{value},{i % 2}\n" for i, value in enumerate(values.split(","))))
    problem = replace(PROBLEM, missing_values=["", "NA"])
    load_database(problem, str(file), postgres_url)
    assert postgres.execute(TYPES).fetchall() == [("a", kind), ("y", "bigint")]
    assert read_table(postgres_url, problem).content_sha256 == read_table(str(file), problem).content_sha256


def test_codes_that_look_like_numbers_are_texts(postgres: psycopg.Connection, postgres_url: str, file: Path) -> None:
    file.write_text("a,b,y\n1.10,1,1\n1.1,2,0\n")
    problem = replace(PROBLEM, columns={name: Column(kind="category") for name in "ab"})
    load_database(problem, str(file), postgres_url)
    assert postgres.execute(TYPES).fetchall() == [("a", "text"), ("b", "bigint"), ("y", "bigint")]
    assert read_table(postgres_url, problem).rows["a"].tolist() == ["1.1", "1.10"]


def test_table_is_loaded_line_by_line_with_its_weight(
    postgres: psycopg.Connection, postgres_url: str, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.write_text('n,a,y\n2.0,x,1\n3,x,1\n0,"",0\n')
    monkeypatch.setattr(files, "CHUNK_ROWS", 2)
    steps: list[str] = []
    assert load_database(replace(PROBLEM, weight="n"), str(file), postgres_url, steps.append) == 3
    assert postgres.execute(TYPES).fetchall() == [("n", "bigint"), ("a", "text"), ("y", "bigint")]
    assert postgres.execute("SELECT * FROM a_b").fetchall() == [(2, "x", 1), (3, "x", 1), (0, None, 0)]
    name = postgres_url.replace(postgres_url.split("//")[1].split("@")[0] + "@", "")
    assert steps == [f"reading {file}", f"copying to {name}", f"{name} has the table a_b: 3 lines, 3 columns"]


def test_empty_text_that_is_a_value_stays_one(postgres: psycopg.Connection, postgres_url: str, file: Path) -> None:
    file.write_text("a,y\n,1\nNA,0\n")
    load_database(replace(PROBLEM, missing_values=["NA"]), str(file), postgres_url)
    assert postgres.execute("SELECT a FROM a_b").fetchall() == [("",), (None,)]


def test_odd_names_are_quoted(postgres: psycopg.Connection, postgres_url: str, file: Path) -> None:
    file.write_text('"a"" {}%s; --",y\nx,1\n')
    load_database(PROBLEM, str(file), postgres_url)
    assert postgres.execute(TYPES).fetchall() == [('a" {}%s; --', "text"), ("y", "bigint")]


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_odd_names_come_back_from_every_source(
    postgres: psycopg.Connection, postgres_url: str, tmp_path: Path, suffix: str
) -> None:
    names = [
        "a b",
        "été",
        'a"b',
        "it's",
        "select",
        "order",
        "user",
        "1st",
        "a,b",
        "a.b",
        "%s",
        ":y",
        "A",
        "a",
        " a",
        "\\",
        "大\n",
    ]
    columns = {name: [f"{name} {row}" for row in range(3)] for name in names} | {"y": ["0", "1", "1"]}
    path = tmp_path / f"t.{suffix}"
    frame = pd.DataFrame(columns)
    frame.to_csv(path, index=False) if suffix == "csv" else frame.to_parquet(path)
    load_database(PROBLEM, str(path), postgres_url)
    tables = [read_table(source, PROBLEM) for source in (str(path), postgres_url)]
    for table in tables:
        assert {name: list(table.rows[name]) for name in table.rows} == columns
    assert len({table.content_sha256 for table in tables}) == 1


def test_loading_again_replaces_the_table(postgres: psycopg.Connection, postgres_url: str, file: Path) -> None:
    for text in ("a,y\n1,1\n2,0\n", "a,y\n1,1\n2,0\n", "b,a,y\nx,0.5,1\n"):
        file.write_text(text)
        load_database(PROBLEM, str(file), postgres_url)
        assert read_table(postgres_url, PROBLEM).content_sha256 == read_table(str(file), PROBLEM).content_sha256
        assert tables(postgres) == [("a_b",)]


def test_reader_never_sees_the_table_empty_or_half_loaded(
    postgres: psycopg.Connection, postgres_url: str, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.write_text("a,y\n1,1\n2,0\n3,1\n")
    load_database(PROBLEM, str(file), postgres_url)
    monkeypatch.setattr(files, "CHUNK_ROWS", 1)
    seen: list[object] = []
    read_chunks = files.read_chunks

    def watched(*arguments: object) -> Iterator[object]:
        for chunk in read_chunks(*arguments):  # type: ignore[arg-type]
            seen.append(postgres.execute("SELECT count(*) FROM a_b").fetchone())
            yield chunk

    monkeypatch.setattr(files, "read_chunks", watched)
    file.write_text("a,y\n4,1\n5,0\n")
    load_database(PROBLEM, str(file), postgres_url)
    assert seen == [(3,)] * 4  # two chunks, read for their types and then to be copied
    assert postgres.execute("SELECT count(*) FROM a_b").fetchone() == (2,)


def test_second_load_at_once_waits_its_turn(
    postgres: psycopg.Connection, postgres_url: str, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.write_text("a,y\n1,1\n2,0\n")
    lines: list[int] = []
    second = threading.Thread(target=lambda: lines.append(load_database(PROBLEM, str(file), postgres_url)))
    read_chunks = files.read_chunks
    calls = itertools.count(1)

    def interrupted(*arguments: object) -> Iterator[object]:
        if next(calls) == 2:  # the first load is about to copy
            second.start()
            deadline = time.monotonic() + 30
            while not postgres.execute("SELECT 1 FROM pg_locks WHERE NOT granted").fetchall():
                assert time.monotonic() < deadline
        yield from read_chunks(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(files, "read_chunks", interrupted)
    lines.append(load_database(PROBLEM, str(file), postgres_url))
    second.join(30)
    assert lines == [2, 2]
    assert tables(postgres) == [("a_b",)]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a,y\n", "t.csv has a header but no rows"),
        ("a,y,n\nx,1,-1\n", "t.csv, line 2, column 'n': '-1' is no weight"),
        ("a,y,n\nx,1,1.5\n", "t.csv, line 2, column 'n': '1.5' is no weight"),
        ("a,y\nx,1,2\n", "t.csv, line 2: 3 values where the header names 2"),
        ('a,y\n"\x00",1\n', "t.csv, line 2, column 'a': a NUL, which no text has"),
        (f"{'é' * 32},y\nx,1\n", f"the name '{'é' * 32}' has over 63 bytes, PostgreSQL's most; shorten it"),
    ],
)
def test_table_that_cannot_be_loaded_leaves_the_one_before(
    postgres: psycopg.Connection, postgres_url: str, file: Path, text: str, message: str
) -> None:
    postgres.execute("CREATE TABLE a_b AS SELECT 7 AS a")
    file.write_text(text)
    with pytest.raises(InputError) as error:
        load_database(replace(PROBLEM, weight="n"), str(file), postgres_url)
    assert message in str(error.value)
    assert postgres.execute("SELECT * FROM a_b").fetchall() == [(7,)]
    assert tables(postgres) == [("a_b",)]


def test_view_that_needs_the_table_is_named(postgres: psycopg.Connection, postgres_url: str, file: Path) -> None:
    file.write_text("a,y\nx,1\n")
    postgres.execute("CREATE TABLE a_b AS SELECT 7 AS a; CREATE VIEW v AS SELECT * FROM a_b")
    with pytest.raises(InputError, match="cannot drop table a_b because .*; view v depends on table a_b"):
        load_database(PROBLEM, str(file), postgres_url)
    assert postgres.execute("SELECT * FROM v").fetchall() == [(7,)]


@pytest.mark.parametrize(
    ("source", "url", "message"),
    [
        ("t.csv", None, "DATABASE_URL is not set; it says where to load to: postgresql://user:password@host/database"),
        ("t.csv", "", "DATABASE_URL is not set; it says where to load to: postgresql://user:password@host/database"),
        ("t.csv", "sqlite:///t.db", "sqlite:///t.db is no PostgreSQL; DATABASE_URL is to be postgresql://user:"),
        (
            "sqlite:///t.db",
            "postgresql://me:secret@h/d",
            "sqlite:///t.db is a database already; name a file with `data`",
        ),
        ("no-such.csv", "postgresql://me:secret@127.0.0.1:1/d", "no-such.csv does not exist"),
        (
            "data/births.csv",
            "postgresql://me:secret@127.0.0.1:1/d",
            "postgresql://127.0.0.1:1/d refuses the connection",
        ),
    ],
)
def test_load_that_cannot_begin_is_refused(source: str, url: str | None, message: str) -> None:
    with pytest.raises(InputError) as error:
        load_database(PROBLEM, source, url, report=lambda _step: None)
    assert message in str(error.value)
    assert "secret" not in str(error.value)


def test_number_of_thousands_of_digits_is_a_text() -> None:
    assert _fitting("9" * 5_000, False) == ()
    assert _fitting("-9223372036854775808", False)[0] == "bigint"


def test_table_of_the_same_file_is_left_as_it_is(postgres: psycopg.Connection, postgres_url: str, file: Path) -> None:
    said: list[str] = []
    file.write_text("a,y\nx,1\n")
    assert load_database(PROBLEM, str(file), postgres_url, said.append, if_changed=True) == 1
    postgres.execute("INSERT INTO a_b VALUES ('by hand', 0)")
    postgres.commit()
    assert load_database(PROBLEM, str(file), postgres_url, said.append, if_changed=True) == 0
    assert said[-1].endswith("/postgres has the table a_b of this file, which is left as it is")
    assert len(postgres.execute("SELECT a FROM a_b").fetchall()) == 2
    postgres.commit()
    assert load_database(PROBLEM, str(file), postgres_url, said.append) == 1
    file.write_text("a,y\nx,1\nz,0\n")
    assert load_database(PROBLEM, str(file), postgres_url, said.append, if_changed=True) == 2
    problem = replace(PROBLEM, missing_values=["", "z"])
    assert load_database(problem, str(file), postgres_url, said.append, if_changed=True) == 2
