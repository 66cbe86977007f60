"""docs/security.md names files and tests that there are."""

from __future__ import annotations

import ast
import re

import pytest

from tests.conftest import Trained
from training import ROOT

TEXT = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
TABLE = [line for line in TEXT.splitlines() if line.startswith("| ") and "what is done" not in line]


def test_every_test_that_is_named_is_there() -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", TEXT)
    assert len(named) > 10
    for path, name in named:
        module = ast.parse((ROOT / path).read_text(encoding="utf-8"))
        assert name in [node.name for node in module.body if isinstance(node, ast.FunctionDef)], f"{path}::{name}"


def test_every_file_that_is_named_is_there() -> None:
    named = re.findall(r"`([\w.]+/[\w./]+\.\w+|[\w-]+\.yml|\.\w+ignore|infra/\w+/start)`", TEXT)
    assert len(named) > 10
    assert [path for path in named if not (ROOT / path).exists()] == []
    links = re.findall(r"\]\((\S+?)\)", TEXT)
    assert links
    assert [link for link in links if not (ROOT / "docs" / link).exists()] == []


def test_every_line_of_the_table_is_shown_by_a_test() -> None:
    assert len(TABLE) == 11
    assert [line for line in TABLE if "`tests/" not in line.split("|")[-2]] == []


@pytest.mark.example
def test_answers_that_tell_a_linear_model_are_counted(trained: Trained) -> None:
    assert trained.document["metrics"]["chosen"]["candidate"] == "logistic regression"
    choices = [len(field["enum"]) for field in trained.document["schema"]["properties"].values()]
    answers = 1 + sum(choices) - len(choices)
    assert f"a linear model of the example's {sum(choices)} categories is known after {answers} answers" in TEXT
