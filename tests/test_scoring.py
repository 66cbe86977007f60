"""Scoring: a table's rows in their order, with the function's answers, whatever is wrong with some, and after a kill."""

from __future__ import annotations

import csv
import errno
import resource
import signal
import subprocess
import sys
import time
import weakref
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import sqlalchemy as sa
from pyarrow import parquet

from predict.model import PredictionError, load_model
from predict.problems import RowError
from tests.conftest import Trained
from tests.pickles import Pickled, make_pickled
from training import ROOT
from training.errors import InputError
from training.parity import ParityError
from training.scoring import job, parsing
from training.scoring.job import Done, cut, score_table
from training.scoring.model import TrainedModel, read_model
from training.scoring.output import ParquetOutput

FIELDS = [
    "age_group",
    "reported_race_ethnicity",
    "previous_births",
    "tobacco_use_during_pregnancy",
    "adequate_prenatal_care",
]
HEADER = [*FIELDS, "id"]
GOOD = ["20 to 24 yrs", "White, non-Hispanic", "None", "No", "Adequate"]
CHUNK = 40


@pytest.fixture
def model(trained: Trained) -> TrainedModel:
    return read_model(trained.path.parent)


@pytest.fixture(autouse=True)
def _small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job, "CHUNK_ROWS", CHUNK)


def write_table(path: Path, rows: list[list[str]], header: list[str] = HEADER) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *rows])
    return path


def make_rows(trained: Trained, count: int = 150) -> list[list[str]]:
    """Return rows as the table has them, each with an id."""
    drawn = trained.features[FIELDS].sample(count, replace=True, random_state=0)
    return [[*row, f"id-{at}"] for at, row in enumerate(drawn.to_numpy().tolist())]


def run(table: Path | str, out: Path, model: TrainedModel, **options: Any) -> Done:
    return score_table(str(table), out, model, lambda _step: None, **options)


def read(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_rows_have_the_answers_of_the_function_in_their_order(
    trained: Trained, model: TrainedModel, tmp_path: Path
) -> None:
    rows = make_rows(trained)
    done = run(write_table(tmp_path / "t.csv", rows), tmp_path / "out.csv", model, keep=["id"])
    found = read(tmp_path / "out.csv")
    served = load_model(trained.path)
    assert [row["row"] for row in found] == [str(at + 1) for at in range(len(rows))]
    assert [row["id"] for row in found] == [row[-1] for row in rows]
    for row, line in zip(rows, found, strict=True):
        answer = served.predict(dict(zip(FIELDS, row, strict=False)))
        assert line["label"] == answer["label"]
        assert float(line["probability"]) == pytest.approx(answer["probability"], rel=0, abs=1e-12)
    assert (done.rows, done.bad) == (len(rows), 0)
    assert read(done.errors) == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.csv", "out.errors.csv", "t.csv"]


def test_rows_that_cannot_be_used_are_told_by_line_as_the_function_does(
    trained: Trained, model: TrainedModel, tmp_path: Path
) -> None:
    bad = ["15 to 71 yrs", *GOOD[1:]]
    rows = [[*GOOD, "a\nb"], [*bad, "c"], [*GOOD, "=1+1"], [*GOOD[:4], "", "\n\n"], *[[*GOOD, "d"]] * 100, [*bad, "e"]]
    table = write_table(tmp_path / "t.csv", rows)
    done = run(table, tmp_path / "out.csv", model)
    found = {line["row"]: line for line in read(done.errors)}
    assert {row: line["place"] for row, line in found.items()} == {"2": "line 4", "4": "line 6", "105": "line 109"}
    with pytest.raises(RowError) as error:
        model.validator.check(dict(zip(FIELDS, bad, strict=True)))
    given = "/age_group, given '15 to 71 yrs': This value is not allowed."
    assert found["2"]["problem"] == found["105"]["problem"] == f"{error.value.detail} {given}"
    assert "/adequate_prenatal_care, given None: This value is not allowed." in found["4"]["problem"]
    lines = read(tmp_path / "out.csv")
    assert [line["row"] for line in lines if not line["label"]] == ["2", "4", "105"]
    assert (done.rows, done.bad) == (105, 3)


def test_texts_that_a_spreadsheet_would_compute_are_disarmed(
    trained: Trained, model: TrainedModel, tmp_path: Path
) -> None:
    ids = ["=1+1", "+49 30", "+49", "-x", "@a", "\tb", "\r", "-1", "-1.5e3", 'a"b,c', "", "plain"]
    table = write_table(tmp_path / "t.csv", [[*GOOD, each] for each in ids], [*FIELDS, "=id"])
    run(table, tmp_path / "out.csv", model, keep=["=id"])
    expected = ["'=1+1", "'+49 30", "+49", "'-x", "'@a", "'\tb", "'\r", "-1", "-1.5e3", 'a"b,c', "", "plain"]
    assert [line["'=id"] for line in read(tmp_path / "out.csv")] == expected
    run(table, tmp_path / "out.parquet", model, keep=["=id"])
    assert parquet.read_table(tmp_path / "out.parquet")["=id"].to_pylist() == ids


def test_every_source_and_output_gives_the_same(
    trained: Trained, model: TrainedModel, tmp_path: Path, bucket: Any
) -> None:
    rows = make_rows(trained)
    table = write_table(tmp_path / "t.csv", rows)
    run(table, tmp_path / "csv.csv", model, keep=["id"])
    expected = (tmp_path / "csv.csv").read_bytes()
    frame = pd.DataFrame(rows, columns=HEADER)
    frame.to_parquet(tmp_path / "t.parquet", row_group_size=30)
    for at in range(2):
        frame[at * 75 : (at + 1) * 75].to_csv(tmp_path / f"part-{at}.csv", index=False)
        bucket.upload_file(str(tmp_path / f"part-{at}.csv"), "tables", f"t/part-{at}.csv")
    engine = sa.create_engine(f"sqlite:///{tmp_path}/t.db", poolclass=sa.NullPool)
    frame.iloc[::-1].assign(key=range(len(rows), 0, -1)).to_sql("t", engine, index=False)
    sources: dict[str, dict[str, Any]] = {
        f"{tmp_path}/t.parquet": {},
        f"{tmp_path}/part-*.csv": {},
        "s3://tables/t/part-?.csv": {},
        f"sqlite:///{tmp_path}/t.db": {"query": "SELECT * FROM t ORDER BY key"},
    }
    for source, options in sources.items():
        run(source, tmp_path / "out.csv", model, keep=["id"], **options)
        assert (tmp_path / "out.csv").read_bytes() == expected, source
    run(table, tmp_path / "out.parquet", model, keep=["id"])
    read_back = parquet.read_table(tmp_path / "out.parquet").to_pylist()
    assert [{name: str(value) for name, value in line.items()} for line in read_back] == read(tmp_path / "csv.csv")


def with_parity(pickled: Pickled) -> TrainedModel:
    """Return the model as training would have written it."""
    return TrainedModel(pickled.pipeline, {**load_model(pickled.path).document, "parity": {"scale": 1.0}})


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_pickled_models_of_every_task_and_kind_of_field_are_scored(tmp_path: Path, task: str) -> None:
    path = "sklearn.neighbors.KNeighbors" + ("Regressor" if task == "regression" else "Classifier")
    pickled = make_pickled(tmp_path, task, path)
    model = with_parity(pickled)
    pickled.features.to_parquet(tmp_path / "t.parquet")
    done = run(tmp_path / "t.parquet", tmp_path / "out.parquet", model)
    served = load_model(pickled.path)
    answers = served.predict_many(pickled.rows)
    found = parquet.read_table(tmp_path / "out.parquet").to_pylist()
    assert done.bad == 0
    for line, answer in zip(found, answers, strict=True):
        assert not isinstance(answer, PredictionError)
        kept: dict[str, Any] = {name: answer[name] for name in ("label", "probability", "value") if name in answer}
        if task == "multiclass":
            kept |= {f"probabilities.{label}": share for label, share in answer["probabilities"].items()}
        assert {name: value for name, value in line.items() if name != "row"} == pytest.approx(kept, abs=1e-9)


def test_pickle_of_another_training_is_refused(trained: Trained, model: TrainedModel, tmp_path: Path) -> None:
    document = {**model.document, "estimator": {**model.document["estimator"]}}
    baked = document["estimator"]["model"]
    document["estimator"]["model"] = {**baked, "intercept": [baked["intercept"][0] + 1e-9]}
    table = write_table(tmp_path / "t.csv", make_rows(trained))
    with pytest.raises(ParityError, match="are not of one training, or this is a bug"):
        run(table, tmp_path / "out.csv", TrainedModel(model.pipeline, document))
    assert not (tmp_path / "out.csv").exists()


def interrupt_after(chunks: int) -> Any:
    """Return what scores as usual, until it has been asked for more chunks than these."""

    def score(model: TrainedModel, given: Iterator[pd.DataFrame]) -> Iterator[Any]:
        for at, scored in enumerate(job.score_here(model, given)):
            if at == chunks:
                raise KeyboardInterrupt
            yield scored

    return score


@pytest.mark.parametrize("name", ["out.csv", "out.parquet"])
def test_run_goes_on_after_the_last_whole_chunk(
    trained: Trained, model: TrainedModel, tmp_path: Path, name: str
) -> None:
    rows = make_rows(trained, 3 * CHUNK + 5)
    rows[CHUNK + 1][0] = "bad"
    rows[-1][0] = "bad"
    table = write_table(tmp_path / "t.csv", rows)
    run(table, tmp_path / name, model, keep=["id"])
    expected = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    (tmp_path / name).unlink()
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            run(table, tmp_path / name, model, keep=["id"], score=interrupt_after(1))
    assert not (tmp_path / name).exists()
    with (tmp_path / f".{name}.partial" / "records").open("ab") as file:
        file.write(b"half a chu")  # as a kill leaves it
    told: list[str] = []
    score_table(str(table), tmp_path / name, model, told.append, keep=["id"])
    assert f"note: going on after row {2 * CHUNK}, where an earlier run ended" in told
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == expected


@pytest.mark.parametrize("change", ["table", "model", "keep"])
def test_what_is_left_of_another_job_is_not_gone_on_with(
    trained: Trained, model: TrainedModel, tmp_path: Path, change: str
) -> None:
    table = write_table(tmp_path / "t.csv", make_rows(trained))
    with pytest.raises(KeyboardInterrupt):
        run(table, tmp_path / "out.csv", model, score=interrupt_after(2))
    if change == "table":
        write_table(table, make_rows(trained)[::-1])
    elif change == "model":
        model = TrainedModel(model.pipeline, {**model.document, "version": "another"})
    told: list[str] = []
    done = score_table(str(table), tmp_path / "out.csv", model, told.append, keep=["id"] * (change == "keep"))
    assert not any("going on" in step for step in told)
    assert done.rows == len(read(tmp_path / "out.csv")) == 150


def start(table: Path, out: Path, trained: Trained, **options: Any) -> subprocess.Popen[str]:
    script = "from training.__main__ import cli; from training.scoring import job; job.CHUNK_ROWS = 2_000; cli()"
    command = [
        sys.executable,
        "-c",
        script,
        "score",
        str(table),
        "--out",
        str(out),
        "--model",
        str(trained.path.parent),
    ]
    return subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True, **options)


def test_killed_process_loses_no_row_and_repeats_none(trained: Trained, model: TrainedModel, tmp_path: Path) -> None:
    table = write_table(tmp_path / "t.csv", make_rows(trained, 100_000))
    process = start(table, tmp_path / "out.csv", trained)
    journal = tmp_path / ".out.csv.partial" / "journal"
    deadline = time.monotonic() + 120
    while not journal.exists() or '"rows": 0' in journal.read_text():
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert not (tmp_path / "out.csv").exists()
    process = start(table, tmp_path / "out.csv", trained)
    _out, said = process.communicate(timeout=120)
    assert process.returncode == 0, said
    assert "note: going on after row" in said
    assert [int(line["row"]) for line in read(tmp_path / "out.csv")] == list(range(1, 100_001))


def test_full_disk_is_told_and_leaves_nothing_half_written(trained: Trained, tmp_path: Path) -> None:
    table = write_table(tmp_path / "t.csv", make_rows(trained, 20_000))
    limit = 300_000

    def limit_files() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    process = start(table, tmp_path / "out.csv", trained, preexec_fn=limit_files)
    _out, said = process.communicate(timeout=120)
    assert process.returncode == 2
    assert "out.csv cannot be written (File too large); nothing is lost: make room" in said
    assert not (tmp_path / "out.csv").exists()
    assert (tmp_path / ".out.csv.partial" / "records").stat().st_size <= limit
    process = start(table, tmp_path / "out.csv", trained)
    _out, said = process.communicate(timeout=120)
    assert process.returncode == 0, said
    assert "note: going on after row" in said
    assert len(read(tmp_path / "out.csv")) == 20_000


@pytest.mark.parametrize(
    ("out", "options", "message"),
    [
        ("out.xlsx", {}, "out.xlsx cannot be written: --out is a file here, and its name ends in .csv or .parquet"),
        ("s3://tables/out.csv", {}, "--out is a file here"),
        ("out.csv", {"keep": ["ID"]}, "t.csv lacks the column 'ID'; the nearest name is 'id'"),
        ("out.csv", {"keep": ["id", "id"]}, "the output would have two columns 'id'"),
    ],
)
def test_output_that_cannot_be_is_refused(
    trained: Trained, model: TrainedModel, tmp_path: Path, out: str, options: dict[str, Any], message: str
) -> None:
    table = write_table(tmp_path / "t.csv", [[*GOOD, "a"]])
    with pytest.raises(InputError, match=message):
        run(table, Path(out) if "://" in out else tmp_path / out, model, **options)
    assert [path.name for path in tmp_path.iterdir()] == ["t.csv"]


def test_table_without_a_field_of_the_model_is_refused(model: TrainedModel, tmp_path: Path) -> None:
    table = write_table(tmp_path / "t.csv", [GOOD], ["Age_Group", *FIELDS[1:]])
    with pytest.raises(InputError, match="lacks the column 'age_group' of the model; the nearest name is 'Age_Group'"):
        run(table, tmp_path / "out.csv", model)


def test_table_that_lacks_what_may_be_missing_is_told(model: TrainedModel) -> None:
    schema: dict[str, Any] = {**model.document["schema"], "required": []}
    told: list[str] = []
    assert parsing.choose_fields([FIELDS[0], "Tobacco_Use"], schema, "t.csv", told.append) == FIELDS[:1]
    assert len(told) == len(FIELDS) - 1
    assert told[0].startswith(f"note: t.csv lacks the column {FIELDS[1]!r} of the model: it is missing in every row; ")
    with pytest.raises(InputError, match=f"t.csv has no column of the model, not even {FIELDS[0]!r}; .* columns are x"):
        parsing.choose_fields(["x"], schema, "t.csv", told.append)


def test_file_that_is_being_written_is_left_to_who_writes_it(
    trained: Trained, model: TrainedModel, tmp_path: Path
) -> None:
    table = write_table(tmp_path / "t.csv", make_rows(trained))

    def score(model: TrainedModel, given: Iterator[pd.DataFrame]) -> Iterator[Any]:
        with pytest.raises(InputError, match="another run writes .*out.csv; wait for it"):
            run(table, tmp_path / "out.csv", model)
        return job.score_here(model, given)

    assert run(table, tmp_path / "out.csv", model, score=score).rows == 150


def test_model_of_other_versions_or_without_its_pickle_is_refused(trained: Trained, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no model at .*; the folder of another is named with --model"):
        read_model(tmp_path)
    (tmp_path / "model.json").write_bytes(trained.path.read_bytes())
    with pytest.raises(InputError, match=r"there is no .*model.joblib, which scores tables"):
        read_model(tmp_path)


def test_pieces_are_the_same_wherever_a_run_goes_on() -> None:
    rows = pd.DataFrame({"a": np.arange(7 * CHUNK // 2)})
    chunks = [rows[start : start + 33] for start in range(0, len(rows), 33)]
    pieces = [piece["a"].tolist() for piece in cut(chunks, 0)]
    assert [len(piece) for piece in pieces] == [CHUNK, CHUNK, CHUNK, CHUNK // 2]
    assert list(chain(*pieces)) == rows["a"].tolist()
    assert [piece["a"].tolist() for piece in cut(chunks, 2 * CHUNK)] == pieces[2:]
    assert list(cut(chunks, len(rows))) == []


def test_rows_that_were_scored_before_are_not_held() -> None:
    passed: list[weakref.ref[Any]] = []

    def chunks() -> Iterator[pd.DataFrame]:
        for _ in range(5):
            values = np.zeros((CHUNK, 1))
            passed.append(weakref.ref(values))
            yield pd.DataFrame(values, columns=["a"], copy=False)

    pieces = cut(chunks(), 3 * CHUNK)
    assert len(next(pieces)) == CHUNK
    assert [each() for each in passed[:3]] == [None] * 3


def test_disk_that_is_full_at_the_end_loses_nothing(
    trained: Trained, model: TrainedModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = write_table(tmp_path / "t.csv", [*make_rows(trained), ["?", *GOOD[1:], "bad"]])
    expected = run(table, tmp_path / "expected.parquet", model)

    def fail(_output: ParquetOutput, _records: Path, whole: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", str(whole))

    told: list[str] = []
    with monkeypatch.context() as patch:
        patch.setattr(ParquetOutput, "finish", fail)
        with pytest.raises(
            InputError, match="out.parquet cannot be written .No space left on device.; nothing is lost"
        ):
            run(table, tmp_path / "out.parquet", model)
    done = score_table(str(table), tmp_path / "out.parquet", model, told.append)
    assert "note: going on after row 151, where an earlier run ended" in told
    assert (tmp_path / "out.parquet").read_bytes() == (tmp_path / "expected.parquet").read_bytes()
    assert done.errors.read_bytes() == expected.errors.read_bytes()


@pytest.mark.parametrize(
    ("source", "table", "out"),
    [("t.csv", "t.csv", "t.csv"), ("*.csv", "t.csv", "t.csv"), ("t.errors.csv", "t.errors.csv", "t.parquet")],
)
def test_output_never_replaces_the_table(
    model: TrainedModel, tmp_path: Path, source: str, table: str, out: str
) -> None:
    content = write_table(tmp_path / table, [[*GOOD, "a"]]).read_bytes()
    for given in (f"{tmp_path}/{source}", f"file://{tmp_path}/{source}"):
        with pytest.raises(InputError, match=f"{table} is a file that is scored; name another with --out"):
            run(given, tmp_path / out, model)
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [content]


def test_extreme_numbers_are_left_to_what_the_function_serves(tmp_path: Path) -> None:
    pickled = make_pickled(tmp_path, "regression", "sklearn.tree.DecisionTreeRegressor")
    model = with_parity(pickled)
    rows = pickled.features.assign(**{"height, m": [3.4e38, *[0.5] * (len(pickled.features) - 1)]})
    rows.to_parquet(tmp_path / "t.parquet")
    done = run(tmp_path / "t.parquet", tmp_path / "out.parquet", model)
    served = load_model(pickled.path).predict_many([replace_first(pickled.rows[0])])
    assert done.bad == isinstance(served[0], PredictionError)
    assert done.bad == 0 or "no finite answer" in read(done.errors)[0]["problem"]


def replace_first(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, "height, m": 3.4e38}
