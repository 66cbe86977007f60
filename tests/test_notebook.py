"""The notebook runs from top to bottom, agrees with model.json, and hands its model to the function."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Trained
from training import ROOT

NOTEBOOK = Path("notebooks") / "submission.ipynb"
READ_ONLY = shutil.ignore_patterns("__pycache__", "model.json", ".ipynb_checkpoints")


def outputs(notebook: Path) -> str:
    """Return the texts that a notebook's code cells show."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    shown: list[dict[str, Any]] = [output for cell in cells for output in cell.get("outputs", [])]
    data = [output.get("data", {}) for output in shown]
    return "\n".join("".join(texts.get("text/markdown") or texts.get("text/plain", "")) for texts in data)


def nbconvert(repository: Path, *options: str) -> None:
    """Run nbconvert in a copy of the repository; what it imports and writes is the copy's."""
    environment = {**os.environ, "PYTHONPATH": f"{repository}{os.pathsep}{repository / 'functions'}"}
    environment["PYTHONWARNINGS"] = "ignore"  # of the kernel's own machinery
    environment.pop("MPLBACKEND", None)  # Streamlit sets it where it is imported
    subprocess.run(
        [sys.executable, "-m", "nbconvert", *options, str(NOTEBOOK)],
        cwd=repository,
        env=environment,
        check=True,
        capture_output=True,
        timeout=300,
    )


@pytest.fixture(scope="module")
def executed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the repository in which the notebook has been executed."""
    copy = tmp_path_factory.mktemp("repository")
    for folder in ("data", "functions", "notebooks", "training"):
        shutil.copytree(ROOT / folder, copy / folder, ignore=READ_ONLY)
    nbconvert(copy, "--to", "notebook", "--execute", "--inplace")
    return copy


def test_function_serves_the_notebooks_model(executed: Path, trained: Trained) -> None:
    assert (executed / "functions" / "predict" / "model.json").read_bytes() == trained.path.read_bytes()
    assert (executed / "build" / "model" / "model.json").read_bytes() == trained.path.read_bytes()


def test_numbers_are_those_of_model_json(executed: Path, trained: Trained) -> None:
    text = outputs(executed / NOTEBOOK)
    metrics = trained.document["metrics"]
    candidates = metrics["cross_validation"]["candidates"]
    assert len(candidates) == 3
    for line in candidates:
        assert f"{line['log_loss']:.6f}" in text
    for figures in (metrics["held_out"]["model"], metrics["held_out"]["base_rate"]):
        for figure in figures.values():
            assert f"{figure:.4f}" in text
    assert f"Chosen: **{metrics['chosen']}**" in text
    assert f"{metrics['held_out']['rows']:,}, is held out" in text
    assert f"Baked model **{trained.document['version']}**" in text


def test_committed_notebook_shows_the_same_figures(executed: Path) -> None:
    """All but the last cell, which shows the model's version: another processor may change a model's last digits."""
    committed, fresh = (outputs(root / NOTEBOOK).splitlines() for root in (ROOT, executed))
    assert len(committed) > 15
    assert committed[:-1] == fresh[:-1]


def test_slides_are_exported(executed: Path) -> None:
    nbconvert(executed, "--to", "slides", "--no-input", "--output-dir", "build/slides")
    slides = (executed / "build" / "slides" / "submission.slides.html").read_text(encoding="utf-8")
    assert slides.count("<section") > 5
    assert "How good it is, on held-out rows" in slides
