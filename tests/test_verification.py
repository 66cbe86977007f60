"""`make verify`: everything passes on what was recorded, and each kind of tampering fails its own line."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from typer.testing import CliRunner

from predict.model import document_version
from tests.conftest import BIRTHS, Trained, write_intent
from training import ROOT, verification
from training import train as train_module
from training.__main__ import cli
from training.intent import read_intent
from training.lock import LOCK_FILE, read_lock, render_lock
from training.notebook import NOTEBOOK, NotebookError, shown_results
from training.problem import Problem
from training.recording import render_record
from training.train import train
from training.verification import Line, verify

NAMES = [
    "data",
    "target",
    "seed",
    "versions",
    "choice",
    "metrics",
    "predictions",
    "parity",
    "served model",
    "report",
    "model card",
    "notebook",
]


@pytest.fixture
def recorded(
    tmp_path: Path,
    trained: Trained,
    reseeded: train_module.Trained,
    problem: Problem,
    monkeypatch: pytest.MonkeyPatch,
) -> Path:
    """A lock and a card as `make record` writes them, apart from the repository's.

    To save time, the notebook is not run, what the session has trained already is not trained again, and what is, is
    not cross-validated again.
    """
    known = {problem.seed: trained, 1: reseeded}
    scores = pd.DataFrame(trained.document["metrics"]["cross_validation"]["candidates"])
    monkeypatch.setattr(
        train_module, "cross_validate_candidates", lambda _dataset, _report, _candidates, _search: scores
    )

    def train_once(other: Problem, report: Any) -> Any:
        return known[other.seed] if other == replace(problem, seed=other.seed) else train(other, report)

    monkeypatch.setattr(verification, "train", train_once)
    monkeypatch.setattr(verification, "CARD", tmp_path / "model-card.md")
    monkeypatch.setattr(verification, "read_intent", lambda name: read_intent(name, tmp_path / "root"))
    monkeypatch.setattr(verification, "execute", lambda _folder, _database: ROOT / NOTEBOOK)
    write_intent(tmp_path / "root")
    intent, lock = read_intent(problem.name, tmp_path / "root"), tmp_path / "model.lock.json"
    for path, content in render_record(trained, intent, lock, tmp_path / "model-card.md").items():
        path.write_bytes(content)
    return lock


def write_lock(lock: dict[str, Any], path: Path) -> None:
    path.write_bytes(render_lock(lock))


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
    distinct = len(trained.features)
    assert lines["predictions"].words == (
        f"all {distinct} distinct rows, {2 * distinct} numbers, largest difference 0.0e+00"
    )
    assert lines["target"].words == "preterm_indicator, binary: 0 (Full-term), 1 (Pre-term)"
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


def test_lock_of_another_problem_is_one_line(problem: Problem, recorded: Path, trained: Trained) -> None:
    lock = read_lock(recorded)
    write_lock({**lock, "target": {**lock["target"], "name": "species"}}, recorded)
    first, *others = verify(problem, recorded, trained.path, report=lambda _step: None)
    assert first == Line(
        "problem",
        passed=False,
        words="model.lock.json is of the target 'species', not of 'preterm_indicator': `make record` records this problem; "
        "then tell its story in the notebook",
    )
    assert [line.name for line in others] == ["parity", "served model", "report"]


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
    shutil.copy(trained.path.with_name("report.html"), tmp_path)
    lines = lines_of(problem, recorded, tmp_path / "model.json")
    assert failed(lines) == (["served model"] if sealed else ["served model", "report"])
    expected = "estimator.model.intercept[0]: " if sealed else "is damaged: its contents do not match its version"
    assert expected in lines["served model"].words


@pytest.mark.parametrize("is_there", [True, False])
def test_make_looks_at_a_model_that_is_there_and_trains_one_only_where_there_is_none(
    tmp_path: Path, is_there: bool
) -> None:
    """To train first would put right what was edited by hand, before anyone has seen it."""
    shutil.copy(ROOT / "Makefile", tmp_path)
    model, python = tmp_path / "functions" / "predict" / "model.json", tmp_path / "bin" / "python"
    for path in (model, python):
        path.parent.mkdir(parents=True)
    python.write_text('#!/bin/sh\necho "$@" >> asked\n')
    python.chmod(0o755)
    if is_there:
        model.write_text("edited by hand")
    command = ["make", "--old-file=.venv/dev", "BIN=bin", "verify"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, timeout=60)
    asked = (tmp_path / "asked").read_text().splitlines()
    assert asked == [*([] if is_there else ["-m training train"]), "-m training verify"]


def test_missing_model_fails_its_line(problem: Problem, recorded: Path, tmp_path: Path) -> None:
    lines = lines_of(problem, recorded, tmp_path / "none.json")
    assert failed(lines) == ["served model", "report"]
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


@pytest.mark.parametrize(
    ("key", "value"),
    [("task", "regression"), ("target", {"name": "preterm_indicator", "classes": ["1", "0"], "labels": ["a", "b"]})],
)
def test_another_target_fails_its_line(
    problem: Problem, recorded: Path, trained: Trained, key: str, value: Any
) -> None:
    write_lock({**read_lock(recorded), key: value}, recorded)
    lines = lines_of(problem, recorded, trained.path)
    assert failed(lines) == ["target"]
    assert lines["target"].words.startswith("preterm_indicator, binary: 0 (Full-term), 1 (Pre-term); recorded was ")


@pytest.mark.example
def test_other_versions_widen_the_tolerance(
    problem: Problem, recorded: Path, trained: Trained, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of figures, of the card, and of the notebook; the card's versions are compared by a line of their own."""
    monkeypatch.setattr(verification, "train", train)
    monkeypatch.setattr("training.document.version", lambda package: f"{version(package)}.post1")
    lock = read_lock(recorded)
    lock["metrics"]["held_out"]["model"]["roc_auc"]["value"] += 1e-6
    write_lock(lock, recorded)
    card, notebook = tmp_path / "model-card.md", tmp_path / "n.ipynb"
    replace_once(card, "| ROC AUC | 0.623", "| ROC AUC | 0.624")
    shutil.copy(ROOT / NOTEBOOK, notebook)
    replace_once(notebook, "**9.32%**", "**9.33%**")
    monkeypatch.setattr(verification, "execute", lambda _folder, _database: notebook)
    lines = lines_of(problem, recorded, trained.path)
    assert f"numpy {version('numpy')}.post1 instead of {version('numpy')}" in lines["versions"].words
    assert lines["versions"].words.endswith("tolerance 1e-03")
    assert failed(lines) == ["served model", "report"]  # which was trained with versions that are not those that run
    assert "provenance.versions.joblib" in lines["served model"].words

    replace_once(card, "slightly better than chance", "much better than chance")
    replace_once(notebook, "**9.33%**", "**9.53%**")
    assert failed(lines_of(problem, recorded, trained.path)) == ["served model", "report", "model card", "notebook"]


def replace_once(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def test_edited_card_fails_its_line(problem: Problem, recorded: Path, trained: Trained, tmp_path: Path) -> None:
    card = tmp_path / "model-card.md"
    replace_once(card, "0.623", "0.624")
    lines = lines_of(problem, recorded, trained.path)
    assert failed(lines) == ["model card"]
    assert " 1 of the lines differ" in lines["model card"].words


def test_card_or_intended_use_that_is_missing_fails_the_line(
    problem: Problem, recorded: Path, trained: Trained, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "model-card.md").unlink()
    lines = lines_of(problem, recorded, trained.path)
    assert failed(lines) == ["model card"]
    assert "No such file or directory" in lines["model card"].words
    monkeypatch.setattr(verification, "read_intent", lambda name: read_intent(name, tmp_path))
    lines = lines_of(problem, recorded, trained.path)
    assert failed(lines) == ["model card"]
    assert lines["model card"].words.startswith("docs/intended-use.md does not exist or is empty")


@pytest.mark.example
def test_committed_lock_and_card_are_those_of_this_code(
    problem: Problem, trained: Trained, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever changes what is trained or told has to run `make record`."""
    monkeypatch.setattr(verification, "train", lambda _problem, _report: trained)
    monkeypatch.setattr(verification, "execute", lambda _folder, _database: ROOT / NOTEBOOK)  # another test runs it
    assert failed(lines_of(problem, LOCK_FILE, trained.path)) == []


@pytest.mark.example
def test_notebook_that_shows_another_number_or_fails_fails_its_line(
    problem: Problem, recorded: Path, trained: Trained, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    edited = (ROOT / NOTEBOOK).read_text().replace("**9.32%**", "**9.33%**", 1)
    (tmp_path / "edited.ipynb").write_text(edited)
    assert shown_results(tmp_path / "edited.ipynb") != shown_results(ROOT / NOTEBOOK)
    monkeypatch.setattr(verification, "execute", lambda _folder, _database: tmp_path / "edited.ipynb")
    lines = lines_of(problem, recorded, trained.path)
    assert failed(lines) == ["notebook"]
    assert "**9.33%**" in lines["notebook"].words

    def fail(_folder: Path, _database: str | None) -> Path:
        raise NotebookError("it does not run to its end")

    monkeypatch.setattr(verification, "execute", fail)
    assert lines_of(problem, recorded, trained.path)["notebook"] == Line(
        "notebook", passed=False, words="it does not run to its end; it has to be of the problem 'preterm-birth'"
    )


def test_notebook_reads_the_database_that_the_problem_names(
    problem: Problem, recorded: Path, trained: Trained, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def note(_folder: Path, database: str | None) -> Path:
        asked.append(database)
        return ROOT / NOTEBOOK

    monkeypatch.setattr(verification, "execute", note)
    monkeypatch.setattr(verification, "train", lambda _problem, _report: trained)
    for data in (problem.data, "postgresql://host/database"):
        lines_of(replace(problem, data=data), recorded, trained.path)
    assert asked == [None, "postgresql://host/database"]


def test_missing_notebook_fails_its_line(
    problem: Problem, recorded: Path, trained: Trained, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verification, "NOTEBOOK", Path("no such folder") / "n.ipynb")
    lines = lines_of(problem, recorded, trained.path)
    assert failed(lines) == ["notebook"]
    assert "cannot be read" in lines["notebook"].words


def test_command_prints_lines_and_exits_with_the_result(recorded: Path, trained: Trained, tmp_path: Path) -> None:
    options = ["verify", "--problem", str(BIRTHS), "--lock", str(recorded), "--model"]
    good = CliRunner().invoke(cli, [*options, str(trained.path)])
    assert good.exit_code == 0
    assert [line.split()[0] for line in good.stdout.splitlines()] == ["PASS"] * len(NAMES)
    bad = CliRunner().invoke(cli, [*options, str(tmp_path / "none.json")])
    assert bad.exit_code == 1
    assert [line.split()[0] for line in bad.stdout.splitlines()].count("FAIL") == 2


def test_missing_lock_is_one_sentence(tmp_path: Path) -> None:
    result = CliRunner().invoke(cli, ["verify", "--lock", str(tmp_path / "none.json")])
    assert result.exit_code == 2
    assert result.stderr.splitlines()[-1] == "Error: there is no none.json to compare with; `make record` writes it"


def test_edited_or_missing_report_fails_its_line(
    problem: Problem, recorded: Path, trained: Trained, tmp_path: Path
) -> None:
    served = tmp_path / "served"
    shutil.copytree(trained.path.parent, served)
    report = served / "report.html"
    text = report.read_text(encoding="utf-8")
    report.write_text(text.replace("It is not fit", "It is fit"), encoding="utf-8")
    lines = lines_of(problem, recorded, served / "model.json")
    assert failed(lines) == ["report"]
    assert "It is fit" in lines["report"].words
    report.unlink()
    lines = lines_of(problem, recorded, served / "model.json")
    assert failed(lines) == ["report"]
    assert lines["report"].words.startswith("report.html cannot be read")


@pytest.mark.parametrize(
    ("path", "value", "name"),
    [
        (("data", "sha256"), "0" * 64, "data"),
        (("data", "file"), "other.csv", "data"),
        (("data", "distinct_rows"), 1, "data"),
        (("target", "labels"), ["Pre-term", "Full-term"], "target"),
    ],
)
def test_falsified_lock_fails_its_line(
    problem: Problem, recorded: Path, trained: Trained, path: tuple[str, str], value: Any, name: str
) -> None:
    lock = read_lock(recorded)
    lock[path[0]][path[1]] = value
    recorded.write_bytes(render_lock(lock))
    assert failed(lines_of(problem, recorded, trained.path)) == [name]
