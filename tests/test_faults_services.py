"""What a program talks to goes away and comes back: PostgreSQL, the function behind Streamlit, and a second demo."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from predict.model import document_version, load_model
from tests.conftest import Trained, free_port, serve
from tests.streamlit_page import OpenPage, panel, submit, words
from tests.streamlit_page import open_page as open_page
from tests.streamlit_page import page_path as page_path
from tests.tables import make_problem
from training import ROOT
from training.errors import InputError
from training.notebook import READS
from training.sources import database, texts
from training.table import read_table

DEADLINE_S = 120
ROWS = 1_000
PROBLEM = """
name = "p"
title = "P"
data = "data/t.csv"
target = "y"
estimator = "sklearn.linear_model.LogisticRegression"
"""


def test_postgresql_that_crashes_in_the_middle_of_a_read_is_told_and_read_again(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A killed process of the server makes it end all others, and start anew."""
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute("SET synchronous_commit = on")  # what is written is there after a crash
        connection.execute("DROP TABLE IF EXISTS t; CREATE TABLE t (a integer, y integer)")
        connection.execute("INSERT INTO t SELECT n, mod(n, 2) FROM generate_series(1, %s) AS n", [ROWS])
    problem, write_values, read = make_problem(data=postgres_url, query="t"), texts.write_values, [0]

    def crash_later(values: Any, column: str) -> list[str | None]:
        read[0] += 1
        if read[0] == 5:
            with psycopg.connect(postgres_url) as connection:
                os.kill(connection.info.backend_pid, signal.SIGKILL)
        return list(write_values(values, column))

    monkeypatch.setattr(database, "CHUNK_ROWS", 100)
    monkeypatch.setattr(database, "write_values", crash_later)
    with pytest.raises(InputError) as error:
        read_table(postgres_url, problem)
    assert "\n" not in str(error.value)
    assert postgres_url.split(":")[2].split("@")[0] not in str(error.value)  # the password
    deadline = time.monotonic() + DEADLINE_S
    while True:
        try:
            table = read_table(postgres_url, problem)
            break
        except InputError:  # it starts anew
            assert time.monotonic() < deadline
    assert len(table.rows) == ROWS


def test_function_restarted_under_streamlit_with_another_model_is_asked_again(
    trained: Trained, open_page: OpenPage, tmp_path: Path
) -> None:
    document = json.loads(json.dumps(trained.document))
    document["estimator"]["model"]["intercept"][0] += 1.0
    document["version"] = document_version(document)
    (tmp_path / "model.json").write_text(json.dumps(document), encoding="utf-8")
    port = free_port()
    with serve(trained.path, port):
        page = open_page(f"http://127.0.0.1:{port}")
        before = words(page)
    page.radio(key="field tobacco_use_during_pregnancy").set_value("Yes")
    submit(page)
    assert "cannot be reached" in panel(page)
    with serve(tmp_path / "model.json", port) as url:
        page.button(key="retry").click().run()
        row = trained.document["typical_row"] | {"tobacco_use_during_pregnancy": "Yes"}
        answer = httpx.post(f"{url}/predict", json=row).json()
        assert f": {round(answer['probability'] * 100)} in 100" in words(page)
        assert words(page) != before


def test_two_demos_at_once_train_one_model_and_serve_it(tmp_path: Path) -> None:
    """In a copy of the repository, where nothing is trained yet; a third one is told that its port is taken."""
    for name in {*READS, "infra", "frontend", "Makefile"}:
        source = ROOT / name
        if source.is_dir():
            left_out = shutil.ignore_patterns("__pycache__", "model.json", "report.html", "model.joblib")
            shutil.copytree(source, tmp_path / name, ignore=left_out)
        else:
            shutil.copy2(source, tmp_path / name)
    (tmp_path / ".venv").symlink_to(ROOT / ".venv")
    generator = random.Random(0)
    rows = [f"{generator.choice('uvwx')},{generator.randrange(2)}" for _ in range(300)]
    (tmp_path / "data" / "t.csv").write_text("\n".join(["colour,y", *rows]))
    (tmp_path / "training" / "problem.toml").write_text(PROBLEM)
    path = os.pathsep.join([str(tmp_path), str(tmp_path / "functions")])
    environment = {**os.environ, "PYTHONPATH": path}
    environment.pop("MODEL_URI", None)
    ports = [(free_port(), free_port()) for _ in range(2)]
    started = "Ctrl-C stops everything."
    demos = []
    try:
        for port, streamlit_port in ports:
            variables = {**environment, "PORT": str(port), "STREAMLIT_PORT": str(streamlit_port)}
            demos.append(
                subprocess.Popen(
                    ["make", "demo"],
                    cwd=tmp_path,
                    env=variables,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT,
                    text=True,
                    start_new_session=True,
                )
            )
        for demo in demos:
            assert demo.stdout is not None
            assert any(started in line for line in demo.stdout)
        model = load_model(tmp_path / "functions" / "predict" / "model.json")
        for port, streamlit_port in ports:
            assert httpx.get(f"http://127.0.0.1:{port}/health").json()["model_version"] == model.version
            assert httpx.get(f"http://127.0.0.1:{streamlit_port}/_stcore/health").text == "ok"
        third = {**environment, "PORT": str(ports[0][0]), "STREAMLIT_PORT": str(free_port())}
        done = subprocess.run(
            ["make", "demo"], cwd=tmp_path, env=third, capture_output=True, text=True, timeout=DEADLINE_S
        )
        assert done.returncode == 2
        assert f"Error: port {ports[0][0]} is taken" in done.stderr
    finally:
        for demo in demos:
            os.killpg(demo.pid, signal.SIGINT)
            demo.communicate(timeout=DEADLINE_S)
