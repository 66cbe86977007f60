"""The command `python -m training train`, as a person runs it."""

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
from tests.conftest import Trained
from training import ROOT, document
from training import __main__ as command_line
from training.bake import bake_estimator
from training.train import save


@pytest.fixture
def function_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stands for functions/predict/model.json, so that tests leave the repository's own model alone."""
    path = tmp_path / "function.json"
    path.write_text("the previous model")
    monkeypatch.setattr(command_line, "PACKAGED_MODEL", path)
    return path


def run(*options: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(command_line.cli, ["train", *options])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout, result.stderr


def test_training_bakes_reports_and_hands_over(tmp_path: Path, function_model: Path, trained: Trained) -> None:
    code, summary, progress = run("--out", str(tmp_path / "out"))
    assert code == 0
    assert (tmp_path / "out" / "model.json").read_bytes() == trained.path.read_bytes() == function_model.read_bytes()
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["model.joblib", "model.json", "report.html"]
    report = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert report == function_model.with_name("report.html").read_text(encoding="utf-8")
    assert trained.document["version"] in report
    for sentence in trained.document["metrics"]["verdict"]:
        assert sentence in summary
    assert "logistic regression (chosen)" in summary
    assert progress.splitlines()[:2] == ["reading data/births.csv", "cross-validating: base rate"]
    assert "\x1b" not in summary + progress


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
        *("version", "format", "name", "title", "task", "target", "caveats", "schema", "typical_row"),
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
        "from pathlib import Path; import sys; from training.__main__ import PROBLEM_FILE;"
        "from training.problem import read_problem; from training.train import save, train;"
        "p = read_problem(PROBLEM_FILE); out = Path(sys.argv[1]);"
        "save(train(p), out, out / 'copy.json')"
    )
    subprocess.run([sys.executable, "-c", script, tmp_path], check=True, capture_output=True, timeout=120)
    for name in ("model.json", "model.joblib", "report.html"):
        assert (tmp_path / name).read_bytes() == trained.path.with_name(name).read_bytes()


def test_another_seed_gives_another_model(tmp_path: Path, function_model: Path, trained: Trained) -> None:
    assert run("--seed", "1", "--out", str(tmp_path / "out"))[0] == 0
    other = json.loads(function_model.read_text())
    assert other["provenance"]["seed"] == 1
    assert other["metrics"] != trained.document["metrics"]


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
    tmp_path: Path, function_model: Path, text: str | None, message: str
) -> None:
    out, data = tmp_path / "out", tmp_path / "data.csv"
    if text is not None:
        data.write_text(text)
    code, summary, errors = run("--data", str(data), "--out", str(out))
    assert code == 2
    assert summary == ""
    last_line = errors.splitlines()[-1]
    assert last_line.startswith("Error: ")
    assert message in last_line
    assert "Traceback" not in errors
    assert not out.exists()
    assert function_model.read_text() == "the previous model"


def test_table_with_one_class_is_refused(tmp_path: Path, function_model: Path) -> None:
    births = pd.read_csv(ROOT / "data" / "births.csv", keep_default_na=False)
    births[births["preterm_indicator"] == 0].to_csv(tmp_path / "data.csv", index=False)
    code, _summary, errors = run("--data", str(tmp_path / "data.csv"), "--out", str(tmp_path / "out"))
    assert code == 2
    assert "the target 'preterm_indicator' has one class ('0'); two are needed" in errors
    assert function_model.read_text() == "the previous model"


def test_folder_that_cannot_be_written_is_named(tmp_path: Path, function_model: Path) -> None:
    (tmp_path / "file").write_text("")
    code, _summary, errors = run("--out", str(tmp_path / "file" / "out"))
    assert code == 2
    assert errors.splitlines()[-1].startswith(f"Error: {tmp_path / 'file' / 'out'} cannot be written (")
    assert function_model.read_text() == "the previous model"


def test_table_with_gaps_and_a_title_with_brackets_is_trained(tmp_path: Path, function_model: Path) -> None:
    lines = [f"{colour},{i % 7},{int(i % 3 == 0)}" for i in range(200) for colour in ("red", "", "[b]")]
    (tmp_path / "t [b].csv").write_text("\n".join(["colour,size,y", *lines]))
    (tmp_path / "p.toml").write_text(
        'name = "p"\ntitle = "P [/b] x"\ntarget = "y"\npositive = 1\n' + f'data = "{tmp_path / "t [b].csv"}"'
    )
    code, summary, errors = run("--problem", str(tmp_path / "p.toml"), "--out", str(tmp_path / "out"))
    assert code == 0, errors
    assert "P [/b] x: 600 rows of t [b].csv" in summary
    schema = load_model(function_model).document["schema"]
    assert schema["properties"]["colour"]["enum"] == ["[b]", "red", None]
    assert schema["required"] == ["size"]


def test_copy_that_fails_leaves_both_models_and_nothing_else(tmp_path: Path, trained: Trained) -> None:
    with pytest.raises(FileNotFoundError):
        save(trained, tmp_path / "out", tmp_path / "no such folder" / "model.json")
    assert list((tmp_path / "out").iterdir()) == []


def test_bad_problem_file_is_refused(tmp_path: Path, function_model: Path) -> None:
    code, _summary, errors = run("--problem", str(tmp_path / "none.toml"), "--out", str(tmp_path / "out"))
    assert code == 2
    assert errors.splitlines()[-1].startswith(f"Error: {tmp_path / 'none.toml'} does not exist")
    assert function_model.read_text() == "the previous model"


def test_bake_that_fails_the_gate_leaves_the_previous_model(
    tmp_path: Path, function_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = bake_estimator

    def bake_wrong(pipeline: object) -> dict[str, object]:
        estimator = honest(pipeline)
        estimator["model"]["intercept"][0] += 1e-6
        return estimator

    monkeypatch.setattr(document, "bake_estimator", bake_wrong)
    code, _summary, errors = run("--out", str(tmp_path / "out"))
    assert code == 1
    assert "Error: the baked model answers" in errors
    assert not (tmp_path / "out").exists()
    assert function_model.read_text() == "the previous model"
