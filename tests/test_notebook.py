"""The notebook runs from top to bottom, agrees with model.json, and hands its model to the function."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from predict.model import load_model
from tests.conftest import Trained
from tests.postgres import postgres as postgres
from training import ROOT, notebook
from training.notebook import NOTEBOOK, NotebookError, execute, shown_results
from training.problem import Problem
from training.sources.loading import load_database

NOWHERE = "sqlite:////nowhere/at/all.db"


@pytest.fixture(scope="module")
def executed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The notebook, executed in a copy of the repository; a DATABASE_URL that happens to be set means nothing to it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DATABASE_URL", NOWHERE)
        return execute(tmp_path_factory.mktemp("repository"))


@pytest.mark.example
def test_function_serves_the_notebooks_model(executed: Path, trained: Trained) -> None:
    copy = executed.parents[1]
    assert (copy / "functions" / "predict" / "model.json").read_bytes() == trained.path.read_bytes()
    assert (copy / "build" / "model" / "model.json").read_bytes() == trained.path.read_bytes()


@pytest.mark.example
def test_numbers_are_those_of_model_json(executed: Path, trained: Trained) -> None:
    text = "\n".join(shown_results(executed))
    metrics = trained.document["metrics"]
    candidates = metrics["cross_validation"]["candidates"]
    assert len(candidates) == 10
    for line in candidates:
        assert f"{line['loss']:.6f}" in text
    figures = metrics["held_out"]["model"].values()
    assert len(figures) == 9
    shown = [value for figure in figures for value in figure.values() if value is not None]
    assert len(shown) > 20
    for value in shown:
        assert f"{value:.4f}" in text
    assert f"**{metrics['chosen']['candidate']}** with" in text
    assert f"{metrics['held_out']['rows']:,}, is held out" in text
    for sentence in metrics["verdict"]:
        assert f"- {sentence}" in text
    for line in metrics["thresholds"]:
        assert f"{line['precision']:.4f}" in text
    for entry in metrics["slices"]:
        assert f"{entry['observed']:.3f}" in text
        assert f"{entry['figures']['roc_auc']['value']:.3f} (" in text


@pytest.mark.example
def test_committed_notebook_shows_the_same_figures(executed: Path) -> None:
    committed, fresh = (shown_results(notebook) for notebook in (ROOT / NOTEBOOK, executed))
    assert len(committed) > 50
    assert committed == fresh


@pytest.mark.example
def test_notebook_reads_the_same_from_postgresql(
    tmp_path: Path, executed: Path, problem: Problem, postgres_url: str, postgres: psycopg.Connection
) -> None:
    load_database(problem, problem.data, postgres_url, lambda _step: None)
    fresh = execute(tmp_path, postgres_url)
    data = load_model(tmp_path / "functions" / "predict" / "model.json").document["provenance"]["data"]
    assert data["file"] == "the table preterm_birth of a database"
    assert shown_results(fresh) == shown_results(executed)  # and so as committed


@pytest.mark.example
def test_notebook_that_fails_says_why(tmp_path: Path) -> None:
    with pytest.raises(NotebookError) as error:
        execute(tmp_path, NOWHERE)
    message = str(error.value)
    assert message.startswith("notebooks/submission.ipynb does not run to its end: ")
    assert "/nowhere/at/all.db does not exist" in message
    assert message.isprintable()


def test_notebook_that_takes_too_long_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notebook, "LONGEST_RUN_S", 0.1)
    with pytest.raises(NotebookError, match=r"^notebooks/submission\.ipynb does not run to its end within 0\.1 s$"):
        execute(tmp_path)


def test_notebook_that_is_not_there_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notebook, "READS", ("no such folder",))
    with pytest.raises(NotebookError, match=r"^notebooks/submission\.ipynb cannot be run: .*no such folder"):
        execute(tmp_path)


@pytest.mark.parametrize("text", [None, "{", "[]", "{}", '{"cells": [1]}'])
def test_notebook_that_cannot_be_read_is_refused(tmp_path: Path, text: str | None) -> None:
    if text is not None:
        (tmp_path / "n.ipynb").write_text(text)
    with pytest.raises(NotebookError, match=r"^notebooks/submission\.ipynb cannot be read: "):
        shown_results(tmp_path / "n.ipynb")


@pytest.mark.example
def test_slides_are_exported(executed: Path) -> None:
    command = [sys.executable, "-m", "nbconvert", "--to", "slides", "--no-input", str(executed)]
    subprocess.run(command, cwd=executed.parent, check=True, capture_output=True, timeout=120)
    slides = executed.with_name("submission.slides.html").read_text(encoding="utf-8")
    assert slides.count("<section") > 5
    assert "How good it is, on held-out rows" in slides


def test_results_are_all_that_is_shown(tmp_path: Path) -> None:
    """Tables are shown as HTML where they can be, so that is what has to be compared."""
    outputs = [
        {"data": {"text/plain": "   a\n0  1", "text/html": "<style>td {}</style><table>\n<td>0.5</td>\n</table>"}},
        {"data": {"text/markdown": ["**9**\n", "x"], "text/plain": "<Markdown>"}},
        {"text": ["printed\n"]},
    ]
    notebook = tmp_path / "n.ipynb"
    notebook.write_text(json.dumps({"cells": [{"outputs": outputs}, {}]}), encoding="utf-8")
    assert shown_results(notebook) == ["   a", "0  1", "0.5", "**9**", "x", "printed"]
