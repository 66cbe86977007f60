"""A draft says of a table what is inferred; the table of the drafted problem is the one that was drafted from."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pandas as pd
import psycopg
import pytest
from moto import mock_aws

from tests.mixed import TARGET, make_mixed
from tests.postgres import postgres as postgres
from training import ROOT
from training.aws import make_client
from training.drafting import Draft, draft
from training.errors import InputError
from training.kinds import Kind
from training.problem import Column, Problem
from training.problem_text import write_problem

CSV = "Age,sex,note,joined,paid,y\n" + "".join(
    f"{20 + i % 40},{'fm'[i % 2]},word{i},2024-01-{i % 28 + 1:02},{i % 3 == 0},{'no' if i % 4 else 'yes'}\n"
    for i in range(100)
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "My Loans, 2024.csv").write_text(CSV)
    return tmp_path / "My Loans, 2024.csv"


def draft_of(source: object, target: str = "y", weight: str | None = None, query: str | None = None) -> Draft:
    return draft(str(source), target, weight, query, lambda _step: None)


def draft_table(tmp_path: Path, columns: dict[str, list[object]], **options: list[str]) -> Draft:
    pd.DataFrame(columns).to_csv(tmp_path / "t.csv", index=False)
    return draft(str(tmp_path / "t.csv"), "y", None, None, lambda _step: None, **options)


def test_word_that_is_a_value_elsewhere_is_not_taken_for_missing(tmp_path: Path) -> None:
    numbers = [*(i % 30 for i in range(58)), "-", "?"]
    drafted = draft_table(tmp_path, {"a": [*(i % 25 for i in range(59)), "?"], "b": numbers, "y": ["-", "+"] * 30})
    assert drafted.problem.missing_values == ["", "?"]
    assert drafted.target.classes == ("-", "+")
    assert (
        "'-' seems to mean missing in some columns, but is a value of 'y', and so is taken as it stands; where it does "
        "mean missing, add it to missing_values"
    ) in drafted.doubts
    told = draft_table(tmp_path, {"a": [*(i % 25 for i in range(59)), "?"], "b": numbers, "y": ["no", "yes"] * 30})
    assert told.problem.missing_values == ["", "-", "?"]  # the twin: nothing keeps it from being missing


def test_what_is_odd_about_the_rows_is_told(tmp_path: Path) -> None:
    drafted = draft_table(tmp_path, {"a": [*(i % 30 for i in range(60)), 1.5], "y": [*["b", "c"] * 29, "d", "b", None]})
    assert drafted.doubts == [
        "1 row without the target 'y': nothing can be learnt from what is not told, and such rows are left out",
        "training will refuse this table: the class 'd' of 'y' has 1 row; 10 are needed; drop them, or merge it with another",
    ]


def test_column_and_word_can_be_named_that_keep_a_table_from_being_read(tmp_path: Path) -> None:
    columns: dict[str, list[object]] = {
        "a": [*(i % 30 for i in range(59)), "inf"],
        "b": [*(i % 30 for i in range(59)), "none"],
        "y": ["no", "yes"] * 30,
    }
    with pytest.raises(InputError, match=r"line 61, column 'a': 'inf' .* For init, --missing and --ignore say what"):
        draft_table(tmp_path, columns)
    drafted = draft_table(tmp_path, columns, ignored=["a"], missing=["none"])
    assert list(drafted.kinds) == ["b"]
    assert drafted.kinds["b"] == Kind("integer")
    assert drafted.problem.columns == {"a": Column(ignore=True)}
    text = write_problem(drafted)
    assert text.endswith("[columns.a]                         # left out, as told\nignore = true\n")


def test_everything_is_inferred(file: Path) -> None:
    drafted = draft_of(file)
    assert drafted.problem == Problem(
        name="my-loans-2024",
        title="Y",
        data=str(file),
        target="y",
        positive="yes",
        task="binary",
        sensitive=["Age", "sex"],
    )
    assert drafted.target.classes == ("no", "yes")
    assert drafted.kinds == {
        "Age": Kind("integer"),
        "sex": Kind("category", ("f", "m")),
        "joined": Kind("date", format="%Y-%m-%d"),
        "paid": Kind("boolean"),
    }
    assert list(drafted.schema["properties"]) == list(drafted.kinds)
    assert list(drafted.left_out) == ["note"]
    assert drafted.doubts == []


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        (["1", "2.5", "NA", "-"], ["-", "NA"]),  # all else is numbers
        (["2024-01-31", "unknown"], ["unknown"]),
        (["a", "b", "NA", "unknown"], []),  # they may be choices
        (["a", "n/a", "NaN", "null", "?"], ["?", "NaN", "n/a", "null"]),  # they mean missing anywhere
        (["1", "2"], []),
    ],
)
def test_texts_that_mean_missing_are_found(tmp_path: Path, cells: list[str], words: list[str]) -> None:
    path = tmp_path / "t.csv"
    path.write_text("a,y\n" + "".join(f"{cell},{i % 2}\n" for i, cell in enumerate(cells * 30)))
    drafted = draft_of(path)
    assert drafted.problem.missing_values == ["", *words]
    assert drafted.table.rows["a"].isna().any() == bool(words)


def test_file_of_this_repository_is_named_from_its_root() -> None:
    assert draft_of(ROOT / "data" / "births.csv", "preterm_indicator", "count").problem.data == "data/births.csv"
    with pytest.raises(
        InputError, match="lacks the target 'preterm_indicatr'; the nearest name is 'preterm_indicator'"
    ):
        draft_of("data/births.csv", "preterm_indicatr")


def test_weight_is_no_feature(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a,n,y\nx,30,0\nz,40,1\nz,50,0\n")
    drafted = draft_of(tmp_path / "t.csv", weight="n")
    assert (drafted.problem.weight, list(drafted.schema["properties"])) == ("n", ["a"])
    assert drafted.table.counts.sum() == 120


@pytest.mark.parametrize(
    ("column", "message"),
    [
        (["1", "1e39"], r"t\.csv, line 3, column 'a': '1e\+39' is beyond 3\.4e\+38, the largest number there may be; mend it"),
        ([*(f"2024-01-{day}" for day in range(10, 30)), "2024-02-30"], r"t\.csv, line 22, column 'a': '2024-02-30' is no date of the form %Y-%m-%d; "),
        (["1"], r"t\.csv has no feature to learn from: 'a': it is '1' in every row, which tells nothing$"),
    ],
)  # fmt: skip
def test_table_that_cannot_be_used_is_one_sentence(tmp_path: Path, column: list[str], message: str) -> None:
    path = tmp_path / "t.csv"
    path.write_text("a,y\n" + "".join(f"{cell},{i % 2}\n" for i, cell in enumerate(column * 100)))
    with pytest.raises(InputError, match=message):
        draft_of(path)


def test_two_hundred_columns_are_drafted_and_one_more_is_refused(tmp_path: Path) -> None:
    table = pd.DataFrame({f"c{column}": [column + row % 7 for row in range(60)] for column in range(199)})
    table.assign(y=[0, 1] * 30).to_csv(tmp_path / "t.csv", index=False)
    assert len(draft_of(tmp_path / "t.csv").schema["properties"]) == 199
    table.assign(z=table["c0"], y=[0, 1] * 30).to_csv(tmp_path / "t.csv", index=False)
    with pytest.raises(InputError, match="has 201 columns to read, 200 at most can be"):
        draft_of(tmp_path / "t.csv")


def test_database_is_named_without_user_and_password(postgres: psycopg.Connection, postgres_url: str) -> None:
    postgres.execute("CREATE TABLE loans AS SELECT i % 7 AS a, i % 2 = 0 AS y FROM generate_series(1, 70) AS i")
    problem = draft_of(postgres_url, query="loans").problem
    parts = urlsplit(postgres_url)
    assert parts.password
    assert problem == Problem(
        name="loans",
        title="Y",
        data=f"postgresql://127.0.0.1:{parts.port}/postgres",
        query="loans",
        target="y",
        positive="True",
        task="binary",
    )


def test_select_of_a_database_is_drafted(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "shop.db")) as connection, connection:
        connection.execute("CREATE TABLE t (a, y)")
        connection.executemany("INSERT INTO t VALUES (?, ?)", [(i % 7, i % 2) for i in range(70)])
    query = "SELECT a, y FROM t\nWHERE a < 6"
    drafted = draft_of(f"sqlite:///{tmp_path}/shop.db", query=query)
    assert (drafted.problem.name, drafted.problem.query) == ("shop", query)
    assert drafted.table.counts.sum() == 60


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A client of a bucket named tables, of moto's."""
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        client = make_client("s3")
        client.create_bucket(Bucket="tables")
        yield client


def test_object_of_s3_is_drafted(file: Path, bucket: Any) -> None:
    bucket.upload_file(str(file), "tables", "some/folder/loans.csv")
    drafted = draft_of("s3://tables/some/folder/loans.csv")
    assert (drafted.problem.name, drafted.problem.data) == ("loans", "s3://tables/some/folder/loans.csv")


@pytest.mark.parametrize(
    ("name", "slug"),
    [("Größe & Co.csv", "grosse-co"), ("日本.csv", "table"), ("a__b--c.csv.gz", "a-b-c"), ("2024.csv", "2024")],
)
def test_name_of_any_file_makes_a_name(file: Path, name: str, slug: str) -> None:
    shutil.copyfile(file, file.with_name(name.removesuffix(".gz")))
    assert draft_of(file.with_name(name.removesuffix(".gz"))).problem.name == slug


@pytest.mark.parametrize("seed", range(9))
def test_mixed_tables_have_a_kind_or_a_reason_for_each_column(tmp_path: Path, seed: int) -> None:
    table = make_mixed(seed)
    table.to_csv(tmp_path / "t.csv", index=False)
    drafted = draft_of(tmp_path / "t.csv", TARGET)
    assert {*drafted.kinds, *drafted.left_out, TARGET} == set(table.columns)
    assert drafted.target.task == ("binary", "multiclass", "regression")[seed // 3 % 3]
