"""model.json removed, cut off, changed or swapped: the function answers with a whole model, or says in a line why not."""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from predict.model import ModelError, document_version, load_model
from tests.conftest import Trained, serve

TRIES = 200


@pytest.fixture
def text(trained: Trained) -> str:
    return trained.path.read_text(encoding="utf-8")


def write_other(trained: Trained, path: Path) -> str:
    """Write the model with another title to `path`, and return its version."""
    document = {**trained.document, "title": "Another"}
    document["version"] = document_version(document)
    path.write_text(json.dumps(document), encoding="utf-8")
    return str(document["version"])


def test_model_cut_off_anywhere_is_refused(text: str, tmp_path: Path) -> None:
    generator, path = random.Random(0), tmp_path / "model.json"
    for length in generator.sample(range(len(text.rstrip())), TRIES):
        path.write_text(text[:length], encoding="utf-8")
        with pytest.raises(ModelError, match=r"make train"):
            load_model(path)


def test_model_with_any_one_digit_changed_is_refused_or_the_same(trained: Trained, text: str, tmp_path: Path) -> None:
    generator, path, refused = random.Random(0), tmp_path / "model.json", 0
    digits = [found.start() for found in re.finditer(r"\d", text)]
    for at in generator.sample(digits, TRIES):
        path.write_text(text[:at] + str((int(text[at]) + 1) % 10) + text[at + 1 :], encoding="utf-8")
        try:
            assert load_model(path).document == trained.document  # a digit beyond those that a float64 has
        except ModelError:
            refused += 1
    assert refused > 0.9 * TRIES


def cut_off(text: str) -> str:
    return text[:-20]


def change_digit(text: str) -> str:
    return re.sub(r'"seed":0', '"seed":1', text)


@pytest.mark.parametrize(
    ("damage", "reason"), [(cut_off, "cannot be read"), (change_digit, "its contents do not match its version")]
)
def test_server_of_a_damaged_model_does_not_start(
    text: str, tmp_path: Path, damage: Callable[[str], str], reason: str
) -> None:
    path = tmp_path / "model.json"
    path.write_text(damage(text), encoding="utf-8")
    assert path.read_text(encoding="utf-8") != text
    command = [sys.executable, "-m", "uvicorn", "predict.main:app", "--port", "0"]
    environment = {**os.environ, "MODEL_URI": str(path)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    last_line = done.stderr.strip().splitlines()[-1]
    assert last_line.startswith(f"predict.model.ModelError: the model {path} ")
    assert reason in last_line


@pytest.mark.parametrize("is_whole", [True, False])
def test_model_that_is_swapped_while_it_is_loaded_is_one_of_the_two(
    trained: Trained, tmp_path: Path, is_whole: bool
) -> None:
    """As training does it, under another name first, or in place, as cp does."""
    first, second, path = trained.path, tmp_path / "other.json", tmp_path / "model.json"
    versions = {trained.document["version"], write_other(trained, second)}
    shutil.copyfile(first, path)
    ends = threading.Event()

    def swap() -> None:
        while not ends.is_set():
            for source in (second, first):
                shutil.copyfile(source, copy := tmp_path / "copy" if is_whole else path)
                copy.replace(path)

    thread = threading.Thread(target=swap)
    thread.start()
    found: list[str] = []
    try:
        while len(found) < TRIES or len(set(found)) == 1:
            try:
                model = load_model(path)
            except ModelError as error:
                assert not is_whole
                found.append(str(error))
            else:
                assert model.version == document_version(model.document)
                found.append(model.version)
    finally:
        ends.set()
        thread.join()
    assert set(found) >= versions or not is_whole
    assert all(each in versions or "make train" in each for each in found)


def test_server_keeps_its_model_and_report_when_the_files_are_swapped_and_removed(
    trained: Trained, tmp_path: Path
) -> None:
    path, report = tmp_path / "model.json", tmp_path / "report.html"
    shutil.copyfile(trained.path, path)
    shutil.copyfile(trained.path.with_name("report.html"), report)
    version = trained.document["version"]
    with serve(path) as url:

        def served() -> tuple[int, str, str]:
            answer = httpx.post(f"{url}/predict", json=trained.document["typical_row"])
            return answer.status_code, answer.json()["model_version"], httpx.get(f"{url}/report").text

        before = served()
        assert before[:2] == (200, version)
        assert version in before[2]
        assert write_other(trained, path) != version
        report.write_text("<!doctype html>another", encoding="utf-8")
        assert served() == before
        path.unlink()
        report.unlink()
        assert served() == before
