"""kill -9 at any moment: the model of before or the new one is served, and the next run succeeds."""

from __future__ import annotations

import hashlib
import json
import os
import pickle
import random
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pickled import find_versions
from predict.model import document_version, load_model
from tests.conftest import Trained
from tests.registries import make_document, open_registry, publish_number
from tests.s3 import ENVIRONMENT, S3, serve_s3
from tests.test_registry_faults import assert_whole
from training import ROOT
from training.registry.pointer import promote
from training.registry.versions import check_files, find_manifest
from training.train import Trained as Plain
from training.train import save

MOMENTS = 20
SIGKILL = 9
PROBLEM = """
name = "p"
title = "P"
data = "t.csv"
target = "y"
estimator = "sklearn.linear_model.LogisticRegression"
"""
# It reads lines `action number delay`, forks for each, kills the fork after the delay, and tells how that ended and when.
FORKS = """
import os, pickle, select, sys, time
from functools import cache
from pathlib import Path
import boto3, jinja2, matplotlib.figure, sklearn.ensemble, sklearn.linear_model, treelite
from tests.registries import open_registry, publish_number
from training import __main__ as command_line, evaluation, selection
from training.train import save
import training.reporting.report

selection.JOBS, evaluation.DRAWS = 1, 20  # it is the moments that are tried here, and not the figures
home, url = Path.cwd(), sys.argv[1]
command_line.MODEL_FOLDER, command_line.PACKAGED_MODEL = home / "build" / "model", home / "function" / "model.json"
client = boto3.client("s3", endpoint_url=url)
publish_number(open_registry(client), 0)  # so that the forks have read what boto3 reads once
client.close()

def train(number):
    command_line.cli(["train", "--problem", "problem.toml", "--seed", number], standalone_mode=False)

def publish(number):
    publish_number(open_registry(client), int(number))

def write(number):
    # and kill itself before it opens, renames or removes a file, or makes a folder, for the time of that number
    trained, calls = pickle.loads((home / "trained").read_bytes()), 0
    training.train.render_report = lambda document: document["title"]  # which takes longest, and is not written yet

    def count(event, arguments):
        nonlocal calls
        is_write = event == "open" and set(str(arguments[1])) & set("wax+")
        calls += bool(is_write or event in ("os.rename", "os.remove", "os.mkdir"))
        if 0 < calls == int(number):
            calls += 1  # for os.kill is told of, too
            os.kill(os.getpid(), 9)

    sys.addaudithook(count)
    save(trained, home / "written", home / "served" / "model.json")

for line in sys.stdin:
    action, number, delay = line.split()
    reader, writer = os.pipe()
    start, child = time.monotonic(), os.fork()
    if child == 0:
        os.dup2(2, 1)
        {"train": train, "publish": publish, "write": write}[action](number)
        os._exit(0)
    os.close(writer)
    if not select.select([reader], [], [], float(delay))[0]:  # which ends with the child
        os.kill(child, 9)
    _pid, status = os.waitpid(child, 0)
    print(os.waitstatus_to_exitcode(status), time.monotonic() - start, flush=True)
    os.close(reader)
"""
Fork = Callable[[str, int, float], tuple[int, float]]


@pytest.fixture(scope="module")
def s3() -> Iterator[S3]:
    with serve_s3() as server:
        yield server


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a small table and its problem."""
    home = tmp_path_factory.mktemp("home")
    generator = random.Random(0)
    rows = [f"{generator.choice('uvwx')},{generator.randrange(2)}" for _ in range(300)]
    (home / "t.csv").write_text("\n".join(["colour,y", *rows]))
    (home / "problem.toml").write_text(PROBLEM)
    return home


@pytest.fixture(scope="module")
def fork(s3: S3, home: Path) -> Iterator[Fork]:
    """Do `action` with a number in a process of its own, kill that after a delay, and return its end and duration."""
    environment = {**os.environ, **ENVIRONMENT, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "functions")])}
    command, pipe = [sys.executable, "-c", FORKS, s3.url], subprocess.PIPE
    with subprocess.Popen(
        command, env=environment, cwd=home, text=True, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        into, out = process.stdin, process.stdout

        def fork(action: str, number: int, delay_s: float) -> tuple[int, float]:
            into.write(f"{action} {number} {delay_s}\n")
            into.flush()
            code, took_s = out.readline().split()
            return int(code), float(took_s)

        yield fork
        into.close()
        assert process.wait(timeout=30) == 0


def test_training_killed_at_random_moments_leaves_a_whole_model(fork: Fork, home: Path) -> None:
    generator, model = random.Random(0), home / "function" / "model.json"
    code, took_s = fork("train", 0, 300)
    assert code == 0
    served, killed, number = 0, 0, 0
    while killed < MOMENTS:
        number += 1
        code, _took_s = fork("train", number, generator.uniform(0, took_s))
        assert code in (0, -SIGKILL)
        killed += code == -SIGKILL
        load_model(home / "build" / "model" / "model.json")
        seed = load_model(model).document["provenance"]["seed"]
        assert seed == number if code == 0 else seed in (served, number)
        served = seed
    assert fork("train", 0, 300)[0] == 0
    assert load_model(model).document["provenance"]["seed"] == 0


def test_publishing_killed_at_random_moments_leaves_the_pointer_whole(fork: Fork, s3: S3) -> None:
    generator, model = random.Random(0), open_registry(s3.client())
    promote(model, live := publish_number(model, 100), None)
    code, took_s = fork("publish", 101, 300)
    assert code == 0
    killed, number = 0, 0
    while killed < MOMENTS:
        number += 1
        code, _took_s = fork("publish", number, generator.uniform(0, took_s))
        assert code in (0, -SIGKILL)
        assert assert_whole(model) == [live]
        if code == -SIGKILL:
            killed += 1
            assert fork("publish", number, 300)[0] == 0  # goes on where it ended
            check_files(model, find_manifest(model, make_document(number)["version"])[0])


@pytest.mark.parametrize("is_pickled", [False, True])
def test_writing_killed_at_each_call_of_the_system_leaves_a_whole_model(
    fork: Fork, home: Path, trained: Trained, is_pickled: bool
) -> None:
    """A pickle and its model.json are two files: between their two renames the pair is refused, and never mixed."""
    folders = home / "written", home / "served"
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)

    def prepare(number: int) -> Plain:
        pickled = f"pickle {number}".encode()
        document = {**trained.document, "title": str(number)}
        if is_pickled:
            model = {"type": "pickle", "sha256": hashlib.sha256(pickled).hexdigest(), "versions": find_versions()}
            document["estimator"] = {"model": model}
        found = Plain({**document, "version": document_version(document)}, trained.pipeline, trained.features, pickled)
        (home / "trained").write_bytes(pickle.dumps(found))
        return found

    def is_whole(number: int) -> bool:
        document = json.loads((home / "served" / "model.json").read_bytes())
        assert document["version"] == document_version(document)
        assert document["title"] in (str(number), str(number - 1))
        return (
            not is_pickled or (home / "served" / "model.joblib").read_bytes() == f"pickle {document['title']}".encode()
        )

    save(prepare(0), folders[0], folders[1] / "model.json")
    ends, broken, left = [-SIGKILL], 0, set()
    while ends[-1] == -SIGKILL:
        prepare(len(ends))
        ends.append(fork("write", len(ends), 300)[0])
        broken += not is_whole(len(ends) - 1)
        left = {path for folder in folders for path in folder.glob(".*.new")}
        if ends[-1] == 0:
            break
        for path in left:
            os.utime(path, (0, 0))  # long ago
        assert fork("write", 0, 300)[0] == 0
        assert is_whole(len(ends) - 1)
    assert ends[1:] == [-SIGKILL] * (len(ends) - 2) + [0]
    assert len(ends) > 12
    assert broken <= (2 if is_pickled else 0)
    assert left == set()
