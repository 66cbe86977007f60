"""The database: folded where it lies, read-only, and refused in one sentence without its password."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa

from tests.postgres import postgres as postgres
from training.errors import InputError
from training.problem import Column, Problem
from training.sources import database
from training.sources.address import check_encryption, parse_url
from training.table import read_table

PROBLEM = Problem(name="a-b", title="P", data="", target="y", positive="1")


def contents(url: str, **settings: Any) -> list[list[Any]]:
    table = read_table(url, replace(PROBLEM, **settings))
    return [[*row, int(count)] for row, count in zip(table.rows.fillna("").values.tolist(), table.counts, strict=True)]


@pytest.mark.parametrize("query", [None, "SELECT * FROM a_b WHERE id > 0"])
def test_only_distinct_rows_are_fetched(
    postgres: psycopg.Connection, postgres_url: str, monkeypatch: pytest.MonkeyPatch, query: str | None
) -> None:
    postgres.execute("CREATE TABLE a_b AS SELECT i % 3 AS a, i % 2 AS y, i AS id FROM generate_series(1, 30000) AS i")
    fetched: list[int] = []
    partitions = sa.Result.partitions

    def counted(result: sa.Result[Any], size: int | None = None) -> Iterator[Any]:
        for rows in partitions(result, size):
            fetched.append(len(rows))
            yield rows

    monkeypatch.setattr(sa.CursorResult, "partitions", counted)
    folded = contents(postgres_url, query=query, columns={"id": Column(ignore=True)})
    assert folded == [[str(a), str(y), 5_000] for a in range(3) for y in range(2)]
    assert fetched == [6]


def test_result_of_many_rows_is_fetched_in_pieces(
    postgres: psycopg.Connection, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    postgres.execute("CREATE TABLE a_b AS SELECT i AS a, i % 2 AS y FROM generate_series(1, 50) AS i")
    monkeypatch.setattr(database, "CHUNK_ROWS", 20)
    with database.connect(postgres_url) as connection:
        clause = database.find(connection, "a_b", "t").clause
        sizes = [len(chunk) for chunk in database.read_folded(connection, clause, ["a", "y"], None, "t")]
    assert sizes == [20, 20, 10]


def test_weights_are_added_up(postgres: psycopg.Connection, postgres_url: str) -> None:
    for kind in ("smallint", "bigint", "numeric", "real", "double precision"):
        values = "(VALUES ('x', '1', 2), ('x', '1', 3), ('z', '0', 4), ('z', '1', 0)) AS v"
        postgres.execute(f"CREATE TABLE a_b AS SELECT column1 AS a, column2 AS y, column3::{kind} AS n FROM {values}")
        assert contents(postgres_url, weight="n") == [["x", "1", 5], ["z", "0", 4]]
        postgres.execute("DROP TABLE a_b")


@pytest.mark.parametrize(
    ("weights", "row", "shown"),
    [
        ("(-1), (4)", 1, "'-1'"),
        ("(0.5), (2.5)", 2, "'2.5'"),
        ("(1e9)", 1, "'1000000000'"),
        ("(1), (NULL)", 2, "an empty value"),
        ("('NaN')", 1, "an empty value"),
    ],
)
@pytest.mark.parametrize("query", [None, "SELECT * FROM a_b"])
def test_weights_that_are_no_counts_are_refused_though_their_sum_is_one(
    postgres: psycopg.Connection, postgres_url: str, query: str | None, weights: str, row: int, shown: str
) -> None:
    postgres.execute("CREATE TABLE a_b (a text DEFAULT 'x', y text DEFAULT '1', n double precision)")
    postgres.execute(f"INSERT INTO a_b (n) VALUES {weights}")
    with pytest.raises(InputError) as error:
        read_table(postgres_url, replace(PROBLEM, weight="n", query=query))
    assert str(error.value).endswith(
        f"/postgres, row {row}, column 'n': {shown} is no weight; counts are whole numbers from 0 to 999,999,999"
    )


@pytest.mark.parametrize(
    ("query", "message"),
    [
        (None, r"\(the table a_b\): the weight 'n' is a column of texts; counts are whole numbers"),
        ("SELECT * FROM a_b", "refuses the query: operator does not exist: text >= "),
    ],
)
def test_weights_that_are_texts_are_refused(
    postgres: psycopg.Connection, postgres_url: str, query: str | None, message: str
) -> None:
    postgres.execute("CREATE TABLE a_b AS SELECT 'x' AS a, '1' AS y, 'many' AS n")
    with pytest.raises(InputError, match=message):
        read_table(postgres_url, replace(PROBLEM, weight="n", query=query))


@pytest.mark.parametrize(
    "query",
    [
        "a_b",
        "select * from a_b",
        "WITH t AS (SELECT * FROM a_b) SELECT a, y FROM t;",
        "SELECT a, y FROM a_b WHERE a LIKE '%' AND a <> ':no' AND '12:30'::time > '10:00' -- the end",
        "\n SELECT a, y FROM a_b\n",
    ],
)
def test_query_is_a_table_or_a_select(postgres: psycopg.Connection, postgres_url: str, query: str) -> None:
    postgres.execute("CREATE TABLE a_b AS SELECT * FROM (VALUES ('x', 1), ('z', 0), ('z', 0)) AS v (a, y)")
    assert contents(postgres_url, query=query) == [["x", "1", 1], ["z", "0", 2]]


def test_odd_names_are_quoted(postgres: psycopg.Connection, postgres_url: str) -> None:
    postgres.execute("""CREATE SCHEMA "Other" CREATE TABLE "a ""b""%" ("SELECT; --" text, ":y" int)""")
    postgres.execute("""INSERT INTO "Other"."a ""b""%" VALUES ('%s', 1), ('z', 0)""")
    assert contents(postgres_url, query='Other.a "b"%', target=":y") == [["%s", "1", 1], ["z", "0", 1]]


@pytest.mark.parametrize(
    ("query", "message"),
    [
        (None, "has no table 'a_b'; its tables are other; name one with `query` in problem.toml, or load the table"),
        ("none.other", "has no table 'none.other'; its tables are none; name one"),
        ("SELECT * FROM nothing", 'refuses the query: relation "nothing" does not exist'),
        ("SELECT * FROM other; DROP TABLE other", "refuses the query: syntax error at or near"),
        ("WITH t AS (DELETE FROM other RETURNING *) SELECT * FROM t", "refuses the query: "),
        ("SELECT setval('counter', 9) AS a, 1 AS y", "refuses the query: cannot execute setval() in a read-only"),
        (
            "SELECT 1 AS a, 2 AS a, 3 AS y",
            "has more than one column named 'a', the columns 1 and 2; rename one of them",
        ),
        ("SELECT array[1] AS a, 1 AS y", "(a query), column 'a': values of the type int4[] are no texts, numbers, "),
        ("SELECT '{}'::json AS a, 1 AS y", "(a query), column 'a': values of the type json are no texts, numbers, "),
        ("SELECT '{}'::jsonb AS a, 1 AS y", "(a query), column 'a': values of the type jsonb are no texts, numbers, "),
        (
            "SELECT '1 d'::interval AS a, 1 AS y",
            ", row 1, column 'a': a value of the type timedelta is no text, number, ",
        ),
        ("SELECT 1 AS a", "lacks the target 'y'; its columns are a"),
        ("SELECT 1 AS a, NULL AS y", "the target 'y' is missing in every row"),
        ("SELECT a, a AS y FROM other WHERE false", "has a header but no rows"),
    ],
)
def test_query_that_cannot_be_used_is_refused(
    postgres: psycopg.Connection, postgres_url: str, query: str | None, message: str
) -> None:
    postgres.execute("CREATE TABLE other (a int); CREATE SEQUENCE counter")
    with pytest.raises(InputError) as error:
        read_table(postgres_url, replace(PROBLEM, query=query))
    assert message in str(error.value)
    assert "\n" not in str(error.value)
    assert postgres.execute("SELECT count(*) FROM other").fetchone() == (0,)


def test_nested_column_is_not_read_where_it_is_ignored(postgres: psycopg.Connection, postgres_url: str) -> None:
    postgres.execute("CREATE TABLE a_b AS SELECT '{}'::json AS j, 'x' AS a, 1 AS y")
    assert contents(postgres_url, columns={"j": Column(ignore=True)}) == [["x", "1", 1]]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("date '2020-01-31'", "2020-01-31"),
        ("date 'infinity'", "infinity"),
        ("date '10000-01-01'", "10000-01-01"),
        ("timestamp '-infinity'", "-infinity"),
        ("timestamptz '0044-03-15 12:00 BC'", "0044-03-15 12:00:00+00 BC"),
        ("numeric 'Infinity'", "Infinity"),
        ("float8 'Infinity'", "inf"),
    ],
)
def test_dates_that_python_has_not_are_texts(
    postgres: psycopg.Connection, postgres_url: str, value: str, text: str
) -> None:
    postgres.execute(f"SET timezone = 'UTC'; CREATE TABLE a_b AS SELECT {value} AS a, 1 AS y")
    assert contents(postgres_url) == [[text, "1", 1]]


def test_wrong_password_is_refused_and_never_shown(postgres_url: str) -> None:
    password = sa.make_url(postgres_url).password
    assert password
    for wrong in (password[:-1], "pass%40word"):
        with pytest.raises(InputError) as error:
            read_table(postgres_url.replace(password, wrong), PROBLEM)
        assert "refuses the connection" in str(error.value)
        assert "password authentication failed" in str(error.value)
        assert wrong.replace("%40", "@") not in str(error.value)


def test_wrong_port_is_refused() -> None:
    with pytest.raises(InputError) as error:
        read_table("postgresql://me:secret@127.0.0.1:1/db", PROBLEM)
    assert str(error.value).startswith("postgresql://127.0.0.1:1/db refuses the connection: connection failed: ")
    assert "secret" not in str(error.value)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://me:secret@db.example/db",
        "postgresql://me:secret@192.0.2.1/db?sslmode=prefer",
        "postgresql://me:secret@db.example/db?sslmode=disable",
        "postgresql://me:secret@/db?host=localhost,db.example",
        "postgresql://me:secret@localhost/db?hostaddr=192.0.2.1",
        "postgresql://me:secret@/db?host=localhost:5432&host=db.example:5432",
    ],
)
def test_another_machine_is_not_spoken_to_in_plain_text(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PGSSLMODE", raising=False)
    with pytest.raises(
        InputError, match=" is on another machine, and with sslmode=.* may be spoken to in plain text; "
    ) as error:
        read_table(url, PROBLEM)
    assert "?sslmode=verify-full&sslrootcert=system" in str(error.value)
    assert "secret" not in str(error.value)


def test_another_machine_may_be_asked_for_tls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PGSSLMODE", raising=False)
    for url in (
        "postgresql://127.0.0.9/db",
        "postgresql://localhost/db",
        "postgresql://[::1]/db",
        "postgresql:///db?host=/run/postgresql",
        "postgresql:///db",
        "postgresql:///db?host=localhost:5432",
        "postgresql://db.example/db?sslmode=verify-full&sslrootcert=system",
        "postgresql://db.example/db?sslmode=require",
    ):
        check_encryption(parse_url(url))
    monkeypatch.setenv("PGSSLMODE", "verify-full")
    check_encryption(parse_url("postgresql://db.example/db"))
    monkeypatch.setenv("PGSSLMODE", "prefer")
    monkeypatch.setenv("PGHOST", "db.example")
    with pytest.raises(InputError, match="sslmode=prefer"):
        check_encryption(parse_url("postgresql:///db"))


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("postgresql://me:secret@host:secret/db", "the URL of the database cannot be understood: "),
        ("nothing://me:secret@host/db", "nothing://host/db cannot be read: a path, file://, s3:// or a database "),
        ("https://me:secret@host/t.csv", "https://host/t.csv cannot be read: a path, file://, s3:// or a database "),
        ("mysql+pymysql://me:secret@host/db", "mysql://host/db cannot be read: its driver 'pymysql' is not installed"),
        ("postgresql://me:pa@secret@host/db", "the URL of the database cannot be understood: "),
        ("postgresql://me:pa@se/cret@host/db", "the URL of the database cannot be understood: "),
        ("postgresql://127.0.0.1/db?passwrod=secret", "postgresql://127.0.0.1/db refuses the connection: invalid "),
    ],
)
def test_url_that_cannot_be_used_is_refused_and_never_shown(url: str, message: str) -> None:
    with pytest.raises(InputError) as error:
        read_table(url, PROBLEM)
    assert str(error.value).startswith(message)
    assert "secret" not in str(error.value)


def test_sqlite_is_read(tmp_path: Path) -> None:
    path = tmp_path / "my table.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE a_b (a TEXT, y INTEGER, n INTEGER)")
        connection.executemany("INSERT INTO a_b VALUES (?, ?, ?)", [("x", 1, 2), ("x", 1, 3), (None, 0, 1)])
    assert contents(f"sqlite:///{path}", weight="n") == [["x", "1", 5], ["", "0", 1]]
    with (
        pytest.raises(InputError, match=r"sqlite:////.*db refuses the query: attempt to write a readonly database"),
        database.connect(f"sqlite:///{path}") as connected,
    ):
        connected.execute(sa.text("DELETE FROM a_b"))


def test_sqlite_that_keeps_texts_in_columns_of_numbers_is_read(tmp_path: Path) -> None:
    path = tmp_path / "t.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE a_b (a DECIMAL(10, 2), d DATE, y INTEGER, n INTEGER)")
        connection.executemany("INSERT INTO a_b VALUES (?, ?, ?, 1)", [(0.1, "n/a", 1), ("?", "2026-01-31", 0)])
    columns = {"n": Column(ignore=True)}
    assert contents(f"sqlite:///{path}", columns=columns) == [["0.1", "n/a", "1", 1], ["?", "2026-01-31", "0", 1]]
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE a_b SET n = 'many'")
    with pytest.raises(InputError, match="t.db, row 1, column 'n': 'many' is no weight; counts are whole numbers"):
        contents(f"sqlite:///{path}", weight="n")


def test_sqlite_file_that_is_not_there_is_refused_and_not_made(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="none.db does not exist; name the database with `data` in problem.toml"):
        read_table(f"sqlite:///{tmp_path}/none.db", PROBLEM)
    assert not (tmp_path / "none.db").exists()


def test_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "t.db").write_text("a,y\n" * 1_000)
    with pytest.raises(InputError, match="t.db refuses the (connection|query): file is not a database"):
        read_table(f"sqlite:///{tmp_path}/t.db", PROBLEM)
