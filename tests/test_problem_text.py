"""The text of a drafted problem.toml says what was inferred, and training from it infers the same."""

from __future__ import annotations

import csv
import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from tests.mixed import TARGET, make_mixed
from training.__main__ import cli
from training.checks import set_aside
from training.drafting import Draft, draft
from training.problem import Problem, read_problem
from training.problem_text import write_draft, write_problem
from training.schema import Schema, derive_schema
from training.table import read_table

CSV = "id,sex,size,age,joined,paid,city,y\n" + "".join(
    f"u{i},{'fm'[i % 2]},{('low', 'high', 'medium', '')[i % 4]},{20 + i % 40},{i % 12 + 1:02}/{i % 11 + 1:02}/2024,"
    f"{'true' if i % 3 else ''},c{i % 3 if i < 66 else i},{'no' if i % 4 else 'yes'}\n"
    for i in range(120)
)
TEXT = """\
# What is predicted, from what, and how people read it. Drafted by `python -m training init` from the table itself:
# every line can be changed, and what stands behind a # in front of a key is what is inferred where the key is left out.

name = "loans"                      # used in file names and the API: lower-case letters, digits, hyphens
title = "Y"                         # what the page and the report are called
data = "{data}" # copy it into data/, and it travels with the repository
target = "y"                        # the column to predict
task = "binary"                     # rows of each class: no 90, yes 30
positive = "yes"                    # the class whose probability is answered, not "no"
# labels = {{ no = "no", yes = "yes" }} # what people read for the classes
missing_values = [""]               # the texts that mean missing
sensitive = ["sex", "age"]          # columns by which figures are told apart
seed = 0
bake = "portable"                   # or "image", a container with scikit-learn, for any estimator
# estimator = "sklearn.svm.SVC"     # instead of those that are compared; most need bake = "image"
# caveats = []                      # what a reader has to know before trusting an answer

# Every other column of the table is a feature. Each may have, beside what is below: description and unit, which forms
# show; choices in the order people expect, other = true for texts beyond them; missing = true for what may be left out.
# Kinds are "category", "ordered" (a category whose choices have an order), "number", "integer", "boolean" and "date".

[columns.id]                        # left out: it has a different value in 100% of the rows, as an identifier or free \
text has; to keep it nevertheless, set kind = "category" for it
ignore = true

[columns.sex]                       # 2 different values
label = "Sex"
kind = "category"
# choices = ["f", "m"]
# typical = "f"

[columns.size]                      # 3 different values, missing in 30 of 120 rows
label = "Size"
kind = "ordered"
choices = ["low", "medium", "high"] # lowest first
# typical = "low"

[columns.age]                       # 40 different values
label = "Age"
kind = "integer"
# range = [20, 59]                  # stated, it is a limit: numbers beyond it are refused
# typical = 39

[columns.joined]                    # 120 different values
label = "Joined"
kind = "date"                       # or %d/%m/%Y?
format = "%m/%d/%Y"
# range = ["2024-01-01", "2024-12-10"]
# typical = "2024-06-11"

[columns.paid]                      # 1 different value, missing in 40 of 120 rows
label = "Paid"
kind = "boolean"
# typical = true

[columns.city]                      # 57 different values
label = "City"
kind = "category"
# other = true                      # all but the 3 most common count as one
# typical = "c0"
"""
COMMENTED = re.compile(r"^# (?=(choices|typical|other|labels|caveats) = )", re.MULTILINE)
TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=12)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "loans.csv").write_text(CSV)
    return tmp_path / "loans.csv"


def draft_of(path: Path, target: str = "y") -> Draft:
    return draft(str(path), target, None, None, lambda _step: None)


def schema_of(problem: Problem) -> Schema:
    table, _left_out = set_aside(read_table(problem.data, problem), problem)
    return derive_schema(table, problem)


def read_text(text: str, folder: Path) -> Problem:
    (folder / "drafted.toml").write_text(text, encoding="utf-8", newline="")
    return read_problem(folder / "drafted.toml")


def test_text_says_what_was_inferred(file: Path) -> None:
    assert write_problem(draft_of(file)) == TEXT.format(data=file)


@pytest.mark.parametrize("seed", range(9))
def test_training_infers_the_same_from_the_text_and_without_it(tmp_path: Path, seed: int) -> None:
    make_mixed(seed).to_csv(tmp_path / "t.csv", index=False)
    drafted = draft_of(tmp_path / "t.csv", TARGET)
    text = write_problem(drafted)
    stated = read_text(text, tmp_path)
    assert schema_of(stated) == drafted.schema
    assert schema_of(replace(drafted.problem, task=None, positive=None)) == drafted.schema
    every_line = read_text(COMMENTED.sub("", text), tmp_path)
    assert schema_of(every_line) == drafted.schema
    assert every_line != stated


def test_a_line_that_is_changed_changes_the_schema(file: Path, tmp_path: Path) -> None:
    """The twin of the test above."""
    text = write_problem(draft_of(file)).replace('kind = "integer"', 'kind = "number"').replace("%m/%d", "%d/%m")
    properties = schema_of(read_text(text, tmp_path))["properties"]
    assert (properties["age"]["type"], properties["joined"]["x-format"]) == ("number", "%d/%m/%Y")


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    names=st.lists(TEXTS, min_size=3, max_size=5, unique=True),
    cells=st.lists(TEXTS, min_size=2, max_size=6, unique=True),
)
def test_any_names_and_texts_can_be_written(tmp_path: Path, names: list[str], cells: list[str]) -> None:
    features, target = names[:-1], names[-1]
    classes = ["a" + cells[0], "b" + cells[1]]
    rows = [[f"k{cells[(row + at) % len(cells)]}" for at in range(len(features))] for row in range(60)]
    with (tmp_path / "t.csv").open("w", newline="", encoding="utf-8") as text:
        lines = [names, *([*cells, classes[row % 2]] for row, cells in enumerate(rows))]
        csv.writer(text, quoting=csv.QUOTE_ALL).writerows(lines)
    drafted = draft_of(tmp_path / "t.csv", target)
    problem = read_text(write_problem(drafted), tmp_path)
    assert {*problem.columns, problem.target} == set(names)
    assert schema_of(problem) == drafted.schema
    assert replace(problem, columns={}) == drafted.problem


def test_file_that_was_there_is_kept(file: Path, tmp_path: Path) -> None:
    drafted, out = draft_of(file), tmp_path / "new" / "problem.toml"
    assert write_draft(drafted, out) is None
    assert write_draft(drafted, out) is None  # it is the same
    out.write_text("mine")
    assert write_draft(drafted, out) == tmp_path / "new" / "problem.toml.before"
    assert (tmp_path / "new" / "problem.toml.before").read_text() == "mine"
    assert out.read_text() == TEXT.format(data=file)
    assert sorted(path.name for path in out.parent.iterdir()) == ["problem.toml", "problem.toml.before"]


def test_init_shows_and_writes_the_draft(file: Path, tmp_path: Path) -> None:
    out = tmp_path / "my problem.toml"
    result = CliRunner().invoke(cli, ["init", str(file), "--target", "y", "--out", str(out)], terminal_width=200)
    assert result.exit_code == 0
    assert out.read_text() == TEXT.format(data=file)
    first, *_rest, last = result.stdout.splitlines()
    assert first == (
        "loans.csv: 120 rows, 120 of them distinct. Target y: binary, no, yes; the probability of yes is answered"
    )
    assert last == f"Wrote {out}. Read it, then: python -m training train --problem '{out}'"
    for line in (
        r"size +ordered +3 +25\.0% +low < medium < high",
        r"age +integer +40 +20 to 59",
        r"id +left out +120 ",
    ):
        assert re.search(line, result.stdout)
    assert "note: the dates of 'joined' are read as %m/%d/%Y, but could be %d/%m/%Y as well" in result.stdout


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--target", "why"], "lacks the target 'why'"),
        (["--target", "y", "--weight", "city"], "column 'city': 'c0' is no weight"),
        (["--target", "y", "--weight", "y"], "--target and --weight are both 'y'"),
        (["--target", "y", "--weight", "agee"], "lacks the weight 'agee'; the nearest name is 'age'"),
        (["--target", "y", "--ignore", "y"], "--ignore 'y': that column is the target or the weight"),
        (["--target", "y", "--weight", "age", "--ignore", "age"], "--ignore 'age': that column is the target or"),
        (["--target", "id"], "from 2 to 50 classes can be predicted"),
    ],
)
def test_init_of_a_table_that_cannot_be_used_writes_nothing(
    file: Path, tmp_path: Path, options: list[str], message: str
) -> None:
    result = CliRunner().invoke(cli, ["init", str(file), *options, "--out", str(tmp_path / "problem.toml")])
    assert (result.exit_code, result.stdout) == (2, "")
    error = result.stderr.splitlines()[-1]
    assert error.startswith("Error: ")
    assert message in error
    assert not (tmp_path / "problem.toml").exists()
