"""`make verify`: everything passes on what was recorded, and each kind of tampering fails its own line."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from predict.model import document_version
from tests.conftest import Trained
from training import ROOT, verification
from training.__main__ import cli
from training.lock import make_lock, read_lock, write_lock
from training.notebook import NOTEBOOK, NotebookError, shown_results
from training.problem import Problem
from training.reporting.card import CARD, INTENT, write_card
from training.train import train
from training.verification import Line, verify

NAMES = [
    "data",
    "seed",
    "versions",
    "choice",
    "metrics",
    "predictions",
    "parity",
    "served model",
    "model card",
    "notebook",
]


@pytest.fixture
def recorded(tmp_path: Path, trained: Trained, problem: Problem, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A lock and a card as `make record` writes them, apart from the repository's.

    To save time, the notebook is not run, and what the session has trained already is not trained again.
    """

    def train_once(other: Problem, report: Any) -> Any:
        return trained if other == problem else train(other, report)

    monkeypatch.setattr(verification, "train", train_once)
    (tmp_path / "docs").mkdir()
    shutil.copy(ROOT / INTENT, tmp_path / INTENT)
    card = write_card(trained.document, tmp_path)
    monkeypatch.setattr(verification, "CARD", card)
    monkeypatch.setattr(verification, "execute", lambda _folder: ROOT / NOTEBOOK)
    write_lock(make_lock(trained.document, trained.pipeline, trained.features), tmp_path / "model.lock.json")
    return tmp_path / "model.lock.json"


def lines_of(problem: Problem, lock: Path, model: Path) -> dict[str, Line]:
    lines = verify(problem, lock, model, report=lambda _step: None)
    assert [line.name for line in lines] == NAMES
    return {line.name: line for line in lines}


def failed(lines: dict[str, Line]) -> list[str]:
    return [line.name for line in lines.values() if not line.passed]


def test_what_was_recorded_passes(problem: Problem, recorded: Path, trained: Trained) -> None:
    lines = lines_of(problem, recorded, trained.path)
    assert failed(lines) == []
    assert lines["data"].words.startswith("3,096,936 rows of births.csv, sha256 of their contents ")
    assert "largest difference 0.0e+00" in lines["metrics"].words
    assert lines["predictions"].words == f"{2 * len(trained.features)} numbers, largest difference 0.0e+00"
    assert lines["versions"].words.endswith("tolerance 1e-09")


def test_changed_data_fails_its_line(problem: Problem, recorded: Path, trained: Trained, tmp_path: Path) -> None:
    text = (ROOT / "data" / "births.csv").read_text()
    first = text.splitlines()[1]
    row, _comma, count = first.rpartition(",")
    (tmp_path / "births.csv").write_text(text.replace(first, f"{row},{int(count) + 1}"))
    lines = lines_of(replace(problem, data=str(tmp_path / "births.csv")), recorded, trained.path)
    assert "data" in failed(lines)
    assert "metrics" in failed(lines)
    assert lines["data"].words.startswith("3,096,937 rows of births.csv")
    assert "; recorded were 3,096,936 rows, " in lines["data"].words
    assert lines["seed"].passed


def test_changed_seed_fails_its_line(problem: Problem, recorded: Path, trained: Trained) -> None:
    lines = lines_of(replace(problem, seed=1), recorded, trained.path)
    assert {"seed", "metrics", "predictions", "served model"} <= set(failed(lines))
    assert lines["seed"].words == "1; recorded was 0"
    assert lines["data"].passed


@pytest.mark.parametrize("sealed", [True, False])
def test_hand_edited_model_fails_its_line(
    problem: Problem, recorded: Path, trained: Trained, tmp_path: Path, *, sealed: bool
) -> None:
    """Also one whose version was made to fit."""
    document = json.loads(trained.path.read_text())
    document["estimator"]["model"]["intercept"][0] += 1e-6
    if sealed:
        document["version"] = document_version(document)
    (tmp_path / "model.json").write_text(json.dumps(document))
    lines = lines_of(problem, recorded, tmp_path / "model.json")
    assert failed(lines) == ["served model"]
    expected = "estimator.model.intercept[0]: " if sealed else "is damaged: its contents do not match its version"
    assert expected in lines["served model"].words


def test_missing_model_fails_its_line(problem: Problem, recorded: Path, tmp_path: Path) -> None:
    lines = lines_of(problem, recorded, tmp_path / "none.json")
    assert failed(lines) == ["served model"]
    assert "there is no model at" in lines["served model"].words


@pytest.mark.parametrize(
    ("path", "name"),
    [(("metrics", "held_out", "model", "roc_auc", "value"), "metrics"), (("predictions", 0, 0), "predictions")],
)
def test_hand_edited_lock_fails_its_line(
    problem: Problem, recorded: Path, trained: Trained, path: tuple[Any, ...], name: str
) -> None:
    lock = read_lock(recorded)
    inner = lock
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] += 1e-8
    write_lock(lock, recorded)
    lines = lines_of(problem, recorded, trained.path)
    assert failed(lines) == [name]
    assert "largest difference 1.0e-08" in lines[name].words


def test_other_versions_widen_the_tolerance(problem: Problem, recorded: Path, trained: Trained) -> None:
    lock = read_lock(recorded)
    lock["versions"]["scikit-learn"] = "1.0"
    lock["metrics"]["held_out"]["model"]["roc_auc"]["value"] += 1e-6
    write_lock(lock, recorded)
    lines = lines_of(problem, recorded, trained.path)
    assert failed(lines) == []
    assert "instead of 1.0: tolerance 1e-03" in lines["versions"].words


def test_edited_card_fails_its_line(problem: Problem, recorded: Path, trained: Trained, tmp_path: Path) -> None:
    card = tmp_path / CARD
    card.write_text(card.read_text().replace("0.62", "0.92", 1))
    lines = lines_of(problem, recorded, trained.path)
    assert failed(lines) == ["model card"]
    assert "1 of them differ" in lines["model card"].words


def test_notebook_that_shows_another_number_or_fails_fails_its_line(
    problem: Problem, recorded: Path, trained: Trained, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    edited = (ROOT / NOTEBOOK).read_text().replace("**9.32%**", "**9.33%**", 1)
    (tmp_path / "edited.ipynb").write_text(edited)
    assert shown_results(tmp_path / "edited.ipynb") != shown_results(ROOT / NOTEBOOK)
    monkeypatch.setattr(verification, "execute", lambda _folder: tmp_path / "edited.ipynb")
    lines = lines_of(problem, recorded, trained.path)
    assert failed(lines) == ["notebook"]
    assert "**9.33%**" in lines["notebook"].words

    def fail(_folder: Path) -> Path:
        raise NotebookError("it does not run to its end")

    monkeypatch.setattr(verification, "execute", fail)
    assert lines_of(problem, recorded, trained.path)["notebook"] == Line(
        "notebook", passed=False, words="it does not run to its end"
    )


def test_command_prints_lines_and_exits_with_the_result(recorded: Path, trained: Trained, tmp_path: Path) -> None:
    options = ["verify", "--lock", str(recorded), "--model"]
    good = CliRunner().invoke(cli, [*options, str(trained.path)])
    assert good.exit_code == 0
    assert [line.split()[0] for line in good.stdout.splitlines()] == ["PASS"] * len(NAMES)
    bad = CliRunner().invoke(cli, [*options, str(tmp_path / "none.json")])
    assert bad.exit_code == 1
    assert [line.split()[0] for line in bad.stdout.splitlines()].count("FAIL") == 1


def test_missing_lock_is_one_sentence(tmp_path: Path) -> None:
    result = CliRunner().invoke(cli, ["verify", "--lock", str(tmp_path / "none.json")])
    assert result.exit_code == 2
    assert result.stderr.splitlines()[-1] == "Error: there is no none.json to compare with; `make record` writes it"
