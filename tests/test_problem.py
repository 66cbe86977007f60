"""problem.toml is checked when it is read."""

from __future__ import annotations

from pathlib import Path

import pytest

from training.errors import InputError
from training.problem import Column, Problem, read_problem

MINIMAL = """
name = "loan-default"
title = "Loan default"
data = "loans.csv"
target = "default"
positive = 1
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "problem.toml"


def test_minimal_problem_has_defaults(file: Path) -> None:
    file.write_text(MINIMAL)
    assert read_problem(file) == Problem(
        name="loan-default", title="Loan default", data="loans.csv", target="default", positive="1"
    )


def test_columns_are_read(file: Path) -> None:
    file.write_text(
        MINIMAL + '[columns.age]\nlabel = "Age"\nunit = "years"\nkind = "number"\n[columns.id]\nignore = true'
    )
    assert read_problem(file).columns == {
        "age": Column(label="Age", unit="years", kind="number"),
        "id": Column(ignore=True),
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name = ", "cannot be read as TOML"),
        ('name = "x"', "lacks the key 'title'"),
        (MINIMAL + "tagret = 1", "unknown key 'tagret'; the keys are name, title, data"),
        (MINIMAL + "seed = 1.5", "seed = 1.5 should be a whole number"),
        (MINIMAL + "seed = true", "seed = True should be a whole number"),
        (MINIMAL + "seed = -1", "seed = -1 is not from 0 to 4294967295"),
        (MINIMAL + "[columns.default]\nignore = true", "[columns.default]: that column is the target or the weight"),
        (MINIMAL + "weight = 3", "weight = 3 should be a text"),
        (MINIMAL + 'missing_values = "NA"', "missing_values = 'NA' should be a list of texts"),
        (MINIMAL + "labels = { 0 = 1 }", "labels = {'0': 1} should be a table of texts"),
        (MINIMAL + 'labels = { 0 = "a", 1 = "a" }', "labels gives two classes the same name"),
        (MINIMAL + 'bake = "image"', "bake = 'image' is not one of portable"),
        (MINIMAL + 'weight = "default"', "target and weight are both 'default'"),
        (MINIMAL + 'sensitive = ["default"]', "sensitive names 'default', which is the target or the weight"),
        (MINIMAL + 'task = "ranking"', "task = 'ranking' is not one of binary, multiclass, regression"),
        (MINIMAL + 'task = "regression"', "positive is for two classes; leave it out where task = 'regression'"),
        (
            MINIMAL.replace("positive = 1", "") + 'task = "regression"\nlabels = { 0 = "a" }',
            "labels are for classes; leave them out where task = 'regression'",
        ),
        (MINIMAL + "columns = 3", "columns must be tables such as [columns.age]"),
        (MINIMAL + '[columns.age]\nkind = "text"', "[columns.age]: kind = 'text' is not one of category, number"),
        (MINIMAL + '[columns.age]\nlable = "Age"', "[columns.age]: unknown key 'lable'; the keys are label"),
        (MINIMAL + '[columns.age]\nchoices = ["a", "a"]', "choices names a value twice"),
        (MINIMAL + '[columns.age]\nkind = "number"\nchoices = ["1"]', "a number has no choices"),
        (MINIMAL.replace("loan-default", "Loan default"), "name = 'Loan default' should be lower-case letters"),
    ],
)
def test_bad_problem_is_refused(file: Path, text: str, message: str) -> None:
    file.write_text(text)
    with pytest.raises(InputError) as error:
        read_problem(file)
    assert message in str(error.value)
    assert str(file) in str(error.value)


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ("", ["default"]),  # its positive class
        ('task = "multiclass"', []),
        ('task = "multiclass"\nlabels = { 0 = "no" }', ["default"]),
        ('task = "multiclass"\n[columns.age]\nkind = "number"', []),
        ('task = "multiclass"\n[columns.age]\nkind = "category"', ["age"]),
        ('task = "multiclass"\n[columns.age]\nchoices = ["1", "2"]', ["age"]),
    ],
)
def test_texts_named_as_choices_or_classes_are_quoted(file: Path, text: str, quoted: list[str]) -> None:
    file.write_text((MINIMAL if not text else MINIMAL.replace("positive = 1\n", "")) + text)
    problem = read_problem(file)
    assert [name for name in ("default", "age", "income") if problem.is_quoted(name)] == quoted


def test_missing_file_is_refused(file: Path) -> None:
    with pytest.raises(InputError, match="does not exist; name a problem file with --problem"):
        read_problem(file)
