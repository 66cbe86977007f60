"""The commands `python -m training train` and `record`, as a person runs them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import joblib
import pandas as pd
import pytest
from typer.testing import CliRunner

from predict.model import load_model
from tests.conftest import BIRTHS, Trained, write_intent
from tests.tables import QUICK
from training import ROOT
from training import __main__ as command_line
from training import train as train_module
from training.errors import InputError
from training.intent import INTENT
from training.lock import make_lock, read_lock
from training.parity import check_parity
from training.problem import Problem
from training.reporting.card import CARD, render_card
from training.selection import Report
from training.train import save

FILES = ["model.joblib", "model.json", "report.html"]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stands for the repository's folder, so that tests leave its models, lock and card alone."""
    home = tmp_path / "home"
    for path in ("function/model.json", "model.lock.json", CARD):
        (home / path).parent.mkdir(parents=True, exist_ok=True)
        (home / path).write_text(f"the previous {Path(path).name}")
    write_intent(home)
    monkeypatch.setattr(command_line, "ROOT", home)
    monkeypatch.setattr(command_line, "MODEL_FOLDER", home / "build" / "model")
    monkeypatch.setattr(command_line, "PACKAGED_MODEL", home / "function" / "model.json")
    monkeypatch.setattr(command_line, "LOCK_FILE", home / "model.lock.json")
    return home


@pytest.fixture
def known(trained: Trained, monkeypatch: pytest.MonkeyPatch) -> list[Problem]:
    """Instead of training, the command takes what the session has trained; the list fills with what it was to train."""
    asked: list[Problem] = []

    def take(problem: Problem, _report: Report) -> Trained:
        asked.append(problem)
        return trained

    monkeypatch.setattr(command_line, "run", take)
    return asked


def run(command: str, *options: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(command_line.cli, [command, "--problem", str(BIRTHS), *options])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout, result.stderr


def contents(home: Path) -> dict[str, bytes]:
    return {str(path.relative_to(home)): path.read_bytes() for path in home.rglob("*") if path.is_file()}


def test_training_bakes_reports_and_hands_over(home: Path, trained: Trained) -> None:
    before = contents(home)
    code, summary, progress = run("train")
    assert code == 0
    after = contents(home)
    written = {f"build/model/{name}": trained.path.with_name(name).read_bytes() for name in FILES}
    handed = {f"function/{name}": written[f"build/model/{name}"] for name in ("model.json", "report.html")}
    assert after == before | written | handed
    assert trained.document["version"] in after["function/report.html"].decode()
    for sentence in trained.document["metrics"]["verdict"]:
        assert sentence in summary
    assert f"is in {home / 'build' / 'model'} and in the function. " in summary
    assert "logistic regression (chosen)" in summary
    assert progress.splitlines()[:2] == ["reading data/births.csv", "cross-validating: base rate"]
    assert "\x1b" not in summary + progress


def test_training_to_another_folder_leaves_the_function_its_model(
    home: Path, known: list[Problem], trained: Trained, tmp_path: Path
) -> None:
    before = contents(home)
    code, summary, _progress = run("train", "--out", str(tmp_path / "out"), "--seed", "1", "--data", "other.csv")
    assert (code, [(problem.seed, problem.data) for problem in known]) == (0, [(1, "other.csv")])
    assert contents(home) == before
    assert contents(tmp_path / "out") == {name: trained.path.with_name(name).read_bytes() for name in FILES}
    assert f"is in {tmp_path / 'out'}; the function keeps its own. " in summary


def test_record_writes_the_models_lock_and_card_too(home: Path, known: list[Problem], trained: Trained) -> None:
    intent = (home / INTENT).read_text(encoding="utf-8")
    code, summary, _progress = run("record")
    assert (code, len(known)) == (0, 1)
    assert summary.splitlines()[-1] == "Recorded in model.lock.json and docs/model-card.md."
    models = {*(f"build/model/{name}" for name in FILES), "function/model.json", "function/report.html"}
    assert set(contents(home)) == models | {"model.lock.json", str(CARD), str(INTENT)}
    assert (home / "function" / "model.json").read_bytes() == trained.path.read_bytes()
    assert read_lock(home / "model.lock.json") == make_lock(trained.document, trained.pipeline, trained.features)
    assert (home / INTENT).read_text(encoding="utf-8") == intent
    assert (home / CARD).read_text(encoding="utf-8") == render_card(trained.document, intent)


@pytest.mark.parametrize("text", [None, " \n"])
def test_record_without_an_intended_use_trains_and_replaces_nothing(
    home: Path, known: list[Problem], text: str | None
) -> None:
    (home / INTENT).unlink()
    if text is not None:
        (home / INTENT).write_text(text)
    before = contents(home)
    code, summary, errors = run("record")
    assert (code, summary, known) == (2, "", [])
    assert errors.splitlines()[-1].startswith("Error: docs/intended-use.md does not exist or is empty: write there")
    assert contents(home) == before


def test_record_whose_lock_cannot_be_written_replaces_nothing(
    home: Path, known: list[Problem], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = contents(home)
    (home / "folder").mkdir()
    for lock, trainings in ((home / "docs" / "model-card.md" / "lock", 0), (home / "folder", 1)):
        monkeypatch.setattr(command_line, "LOCK_FILE", lock)
        code, summary, errors = run("record")
        assert (code, summary, len(known)) == (2, "", trainings)
        assert "cannot be written (" in errors.splitlines()[-1]
        assert contents(home) == before


def test_metrics_beat_the_base_rate(trained: Trained) -> None:
    held_out = trained.document["metrics"]["held_out"]
    model, baseline = held_out["model"], held_out["baseline"]
    assert model["log_loss"]["high"] < baseline["log_loss"]
    assert model["brier_score"]["high"] < baseline["brier_score"]
    assert 0.60 < model["roc_auc"]["low"] < model["roc_auc"]["high"] < 0.65
    assert 0.9 < model["calibration_slope"]["value"] < 1.1
    assert baseline["roc_auc"] == 0.5


def test_document_has_the_keys_of_the_contract(trained: Trained) -> None:
    assert set(trained.document) == {
        *("version", "format", "name", "title", "task", "target", "intended_use", "caveats", "schema", "typical_row"),
        *("baseline", "metrics", "provenance", "parity", "estimator"),
    }
    text = trained.path.read_text(encoding="utf-8")
    assert json.loads(text) == trained.document
    assert str(ROOT) not in text


def test_joblib_file_holds_the_pipeline_and_takes_raw_rows(trained: Trained) -> None:
    pipeline = joblib.load(trained.path.with_name("model.joblib"))
    row = pd.DataFrame([trained.document["typical_row"]])
    assert pipeline.predict_proba(row)[0, 1] == trained.pipeline.predict_proba(row)[0, 1]


def test_another_process_writes_the_same_bytes(tmp_path: Path, trained: Trained) -> None:
    script = (
        "from pathlib import Path; import sys; from training.problem import read_problem;"
        "from training.train import save, train;"
        "p, out = read_problem(Path(sys.argv[1])), Path(sys.argv[2]);"
        "save(train(p), out, out / 'copy.json')"
    )
    subprocess.run([sys.executable, "-c", script, BIRTHS, tmp_path], check=True, capture_output=True, timeout=120)
    for name in ("model.json", "model.joblib", "report.html"):
        assert (tmp_path / name).read_bytes() == trained.path.with_name(name).read_bytes()


def test_another_seed_gives_another_model(trained: Trained, reseeded: train_module.Trained) -> None:
    assert reseeded.document["provenance"]["seed"] == 1
    assert reseeded.document["metrics"] != trained.document["metrics"]
    assert reseeded.document["version"] != trained.document["version"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "does not exist"),
        ("", "is empty"),
        ("a,b\n1,2\n", "lacks the target 'preterm_indicator'"),
        ("age_group,preterm_indicator\nx,1\n", "lacks the column 'reported_race_ethnicity' of problem.toml"),
    ],
)
def test_bad_table_is_one_sentence_and_leaves_the_previous_model(
    home: Path, tmp_path: Path, text: str | None, message: str
) -> None:
    before, data = contents(home), tmp_path / "data.csv"
    if text is not None:
        data.write_text(text)
    code, summary, errors = run("train", "--data", str(data))
    assert (code, summary) == (2, "")
    last_line = errors.splitlines()[-1]
    assert last_line.startswith("Error: ")
    assert message in last_line
    assert "Traceback" not in errors
    assert contents(home) == before
    assert not (home / "build").exists()


def test_table_with_one_class_is_refused(home: Path, tmp_path: Path) -> None:
    before = contents(home)
    births = pd.read_csv(ROOT / "data" / "births.csv", keep_default_na=False)
    births[births["preterm_indicator"] == 0].to_csv(tmp_path / "data.csv", index=False)
    code, _summary, errors = run("train", "--data", str(tmp_path / "data.csv"))
    assert code == 2
    assert "the target 'preterm_indicator' has one class ('0'); two are needed" in errors
    assert contents(home) == before


def test_folder_that_cannot_be_written_is_named_before_training(home: Path, known: list[Problem]) -> None:
    (home / "file").write_text("")
    before = contents(home)
    code, _summary, errors = run("train", "--out", str(home / "file" / "out"))
    assert (code, known) == (2, [])
    assert errors.splitlines()[-1].startswith(f"Error: {home / 'file' / 'out'} cannot be written (Not a directory); ")
    assert contents(home) == before


def test_error_of_the_system_elsewhere_is_not_called_one_of_writing(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_problem: Problem, _report: Report) -> Trained:
        raise FileNotFoundError(2, "No such file or directory", "a module's own file")

    monkeypatch.setattr(command_line, "run", fail)
    with pytest.raises(FileNotFoundError, match="a module's own file"):
        run("train")


def test_table_with_gaps_and_a_title_with_brackets_is_trained(home: Path, tmp_path: Path) -> None:
    lines = [f"{colour},{i % 7},{int(i % 3 == 0)}" for i in range(200) for colour in ("red", "", "[b]")]
    (tmp_path / "t [b].csv").write_text("\n".join(["colour,size,y", *lines]))
    (tmp_path / "p.toml").write_text(
        QUICK + 'name = "p"\ntitle = "P [/b] x"\ntarget = "y"\npositive = 1\n' + f'data = "{tmp_path / "t [b].csv"}"'
    )
    code, summary, errors = run("train", "--problem", str(tmp_path / "p.toml"))
    assert code == 0, errors
    assert "P [/b] x: 600 rows of t [b].csv" in summary
    schema = load_model(home / "function" / "model.json").document["schema"]
    assert schema["properties"]["colour"]["enum"] == ["[b]", "red", None]
    assert schema["required"] == ["size"]


def test_column_that_gives_the_target_away_is_named_while_training_and_first_in_the_verdict(
    home: Path, tmp_path: Path
) -> None:
    lines = [f"{i % 7},{int(i % 3 == 0)},{'dead' if i % 3 == 0 else 'alive'}" for i in range(300)]
    (tmp_path / "t.csv").write_text("\n".join(["size,y,at_discharge", *lines]))
    (tmp_path / "p.toml").write_text(
        f'{QUICK}name = "p"\ntitle = "P"\ntarget = "y"\npositive = 1\ndata = "{tmp_path / "t.csv"}"'
    )
    code, summary, errors = run("train", "--problem", str(tmp_path / "p.toml"))
    assert code == 0, errors
    assert "note: WARNING: 'at_discharge' alone gives 'y' away (ROC AUC 1.000). " in errors
    first = "Do not believe it yet: At discharge alone gives the answer away."
    assert f"held-out rows:\n  {first}" in summary
    document = load_model(home / "function" / "model.json").document
    assert document["metrics"]["verdict"][0].startswith(first)
    assert document["provenance"]["notices"][-1].startswith("WARNING: 'at_discharge' alone")


def test_hand_over_that_fails_leaves_both_models(tmp_path: Path, trained: Trained) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "model.json").write_text("the previous model")
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match=rf"{tmp_path / 'file'}/report\.html cannot be written \("):
        save(trained, tmp_path / "out", tmp_path / "file" / "model.json")
    assert contents(tmp_path) == {"out/model.json": b"the previous model", "file": b""}


def test_bad_problem_file_is_refused(home: Path, tmp_path: Path) -> None:
    before = contents(home)
    code, _summary, errors = run("train", "--problem", str(tmp_path / "none.toml"))
    assert code == 2
    assert errors.splitlines()[-1].startswith(f"Error: {tmp_path / 'none.toml'} does not exist")
    assert contents(home) == before


def test_bake_that_fails_the_gate_leaves_the_previous_model(
    home: Path, trained: Trained, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = json.loads(json.dumps(trained.document["estimator"]))
    wrong["model"]["intercept"][0] += 1e-6

    def bake_wrong(_problem: Problem, _report: Report) -> Trained:
        check_parity(trained.pipeline, wrong, trained.features, trained.document["schema"], 1.0)
        return trained

    before = contents(home)
    monkeypatch.setattr(command_line, "run", bake_wrong)
    code, _summary, errors = run("train")
    assert code == 1
    assert "Error: the baked model answers" in errors
    assert contents(home) == before
    assert not (home / "build").exists()
