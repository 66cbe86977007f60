"""The notebook runs from top to bottom, agrees with model.json, and hands its model to the function."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import Trained
from training import ROOT
from training.notebook import NOTEBOOK, NotebookError, execute, shown_results


@pytest.fixture(scope="module")
def executed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The notebook, executed in a copy of the repository."""
    return execute(tmp_path_factory.mktemp("repository"))


def test_function_serves_the_notebooks_model(executed: Path, trained: Trained) -> None:
    copy = executed.parents[1]
    assert (copy / "functions" / "predict" / "model.json").read_bytes() == trained.path.read_bytes()
    assert (copy / "build" / "model" / "model.json").read_bytes() == trained.path.read_bytes()


def test_numbers_are_those_of_model_json(executed: Path, trained: Trained) -> None:
    text = "\n".join(shown_results(executed))
    metrics = trained.document["metrics"]
    candidates = metrics["cross_validation"]["candidates"]
    assert len(candidates) == 10
    for line in candidates:
        assert f"{line['loss']:.6f}" in text
    figures = metrics["held_out"]["model"].values()
    assert len(figures) == 9
    for value in [value for figure in figures for value in figure.values()]:
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


def test_committed_notebook_shows_the_same_figures(executed: Path) -> None:
    committed, fresh = (shown_results(notebook) for notebook in (ROOT / NOTEBOOK, executed))
    assert len(committed) > 50
    assert committed == fresh


def test_notebook_that_fails_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "sqlite:////nowhere/at/all.db")
    with pytest.raises(NotebookError, match=r"^notebooks/submission\.ipynb does not run to its end: .*all\.db"):
        execute(tmp_path)


def test_slides_are_exported(executed: Path) -> None:
    command = [sys.executable, "-m", "nbconvert", "--to", "slides", "--no-input", str(executed)]
    subprocess.run(command, cwd=executed.parent, check=True, capture_output=True, timeout=120)
    slides = executed.with_name("submission.slides.html").read_text(encoding="utf-8")
    assert slides.count("<section") > 5
    assert "How good it is, on held-out rows" in slides
