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


def test_every_key_of_a_column_is_read(file: Path) -> None:
    file.write_text(
        MINIMAL
        + """
[columns.joined]
label = "Joined"
description = "When."
unit = "day"
kind = "date"
missing = true
range = [2020-01-01, "2024-12-31"]
typical = 2022-02-02
format = "%d.%m.%Y"
[columns.size]
kind = "category"
choices = ["s", "l"]
other = true
[columns.age]
kind = "integer"
range = [0, 120.5]
typical = 30
[columns.paid]
typical = false
"""
    )
    assert read_problem(file).columns == {
        "joined": Column(
            "Joined",
            "When.",
            "day",
            kind="date",
            missing=True,
            range=["2020-01-01", "2024-12-31"],
            typical="2022-02-02",
            format="%d.%m.%Y",
        ),
        "size": Column(kind="category", choices=["s", "l"], other=True),
        "age": Column(kind="integer", range=[0, 120.5], typical=30),
        "paid": Column(typical=False),
    }


def test_estimator_is_read_with_its_settings(file: Path) -> None:
    file.write_text(
        MINIMAL
        + 'bake = "image"\nestimator = "sklearn.svm.SVC"\nestimator_settings = { C = 2 }\ncalibration = "sigmoid"'
    )
    problem = read_problem(file)
    assert (problem.bake, problem.estimator, problem.estimator_settings, problem.calibration) == (
        "image",
        "sklearn.svm.SVC",
        {"C": 2},
        "sigmoid",
    )


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
        (MINIMAL + 'bake = "docker"', "bake = 'docker' is not one of portable, image"),
        (MINIMAL + 'bake = "image"', "bake = 'image' is for an estimator of your own; name it with `estimator`"),
        (
            MINIMAL + 'calibration = "isotonic"',
            "estimator_settings and calibration belong to an estimator; name it with `estimator`",
        ),
        (
            MINIMAL + "estimator_settings = { C = 1 }",
            "estimator_settings and calibration belong to an estimator; name it with `estimator`",
        ),
        (
            MINIMAL + 'estimator = "sklearn.svm.SVC"\ncalibration = "platt"',
            "calibration = 'platt' is not one of sigmoid, isotonic",
        ),
        (MINIMAL + "estimator_settings = 3", "estimator_settings = 3 should be a table"),
        (MINIMAL + 'weight = "default"', "target and weight are both 'default'"),
        (MINIMAL + 'sensitive = ["default"]', "sensitive names 'default', which is the target or the weight"),
        (MINIMAL + 'task = "ranking"', "task = 'ranking' is not one of binary, multiclass, regression"),
        (MINIMAL + 'task = "regression"', "positive is for two classes; leave it out where task = 'regression'"),
        (
            MINIMAL.replace("positive = 1", "") + 'task = "regression"\nlabels = { 0 = "a" }',
            "labels are for classes; leave them out where task = 'regression'",
        ),
        (MINIMAL + "columns = 3", "columns must be tables such as [columns.age]"),
        (
            MINIMAL + '[columns.age]\nkind = "text"',
            "[columns.age]: kind = 'text' is not one of category, ordered, number, integer, boolean, date",
        ),
        (MINIMAL + '[columns.age]\nlable = "Age"', "[columns.age]: unknown key 'lable'; the keys are label"),
        (MINIMAL + '[columns.age]\nchoices = ["a", "a"]', "[columns.age]: choices names a value twice"),
        (MINIMAL + "[columns.age]\nchoices = []", "[columns.age]: choices names no value"),
        (MINIMAL + "[columns.age]\nchoices = [1, 2]", "[columns.age]: choices = [1, 2] should be a list of texts"),
        (MINIMAL + '[columns.age]\nmissing = "no"', "[columns.age]: missing = 'no' should be true or false"),
        (MINIMAL + "[columns.age]\nignore = 1", "[columns.age]: ignore = 1 should be true or false"),
        (MINIMAL + "[columns.age]\ntypical = [1]", "[columns.age]: typical = [1] should be a value of the column"),
        (
            MINIMAL + '[columns.age]\nkind = "ordered"\nother = true',
            "[columns.age]: other is for a category; leave it out where kind = 'ordered'",
        ),
        (
            MINIMAL + '[columns.age]\nformat = "%d/%m/%Y"',
            '[columns.age]: format says how a date is written; set kind = "date", too',
        ),
        *(
            (
                MINIMAL + f'[columns.age]\nkind = "date"\nformat = "{form}"',
                f"[columns.age]: format = '{form}' should be %Y, %m and %d with -, /, . or a space between them, such as ",
            )
            for form in ("%d/%m/%y", "%d/%m", "%d/%m-%Y", "%d, %m, %Y", "%H:%M:%S", "dd/mm/yyyy", "%Y-%d-%m")
        ),
        (MINIMAL + "[columns.age]\nrange = [0, 1]", "[columns.age]: range is for a number or a date; set kind, too"),
        *(
            (
                MINIMAL + f'[columns.age]\nkind = "number"\nrange = {ends}',
                "should be the lower and the upper end, such as [0, 120]",
            )
            for ends in ("[0]", "[0, 1, 2]", "[1, 0]", '["0", 1]', "[-inf, inf]", "[nan, 1]", f"[0, 1{'0' * 400}]")
        ),
        *(
            (
                MINIMAL + f'[columns.age]\nkind = "date"\nrange = {ends}',
                'should be the lower and the upper end, such as ["2020-01-01", "2024-12-31"]',
            )
            for ends in (
                "[2020, 2021]",
                '["2020-01-01", "soon"]',
                '["20200101", "20210101"]',
                "[2021-01-01, 2020-01-01]",
            )
        ),
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
        ('task = "multiclass"\n[columns.age]\nkind = "integer"', []),
        ('task = "multiclass"\n[columns.age]\nkind = "date"', ["age"]),
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
