"""docs/your-own-table.md tells the truth: its commands run as they stand, and another table follows through everything."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from tests.conftest import free_port
from tests.mixed import make_mixed
from tests.tables import QUICK
from training import ROOT
from training.comparison import SAME_VERSIONS, compare_lines

TUTORIAL = (ROOT / "docs" / "your-own-table.md").read_text(encoding="utf-8")
PARTS = (
    "data",
    "docs",
    "frontend",
    "functions",
    "infra",
    "training",
    "tests",
    "Makefile",
    "README.md",
    "pyproject.toml",
    "samconfig.toml",
)
BUILT = shutil.ignore_patterns("__pycache__", "model.json", "model.joblib", "report.html")
VERSION = re.compile(r"\b[0-9a-f]{12}\b")  # of a model, whose last digits differ by processor
COLUMNS = "SELECT column_name FROM information_schema.columns WHERE table_name = %s ORDER BY ordinal_position"
OF_MAKE = ("MAKEFLAGS", "MAKELEVEL", "MFLAGS")  # by which a make within another says more
DEADLINE_S = 120


class Copy:
    """A copy of the repository, with the environment of the one that runs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for part in PARTS:
            if (ROOT / part).is_dir():
                shutil.copytree(ROOT / part, folder / part, ignore=BUILT)
            else:
                shutil.copy2(ROOT / part, folder / part)
        (folder / ".venv").symlink_to(ROOT / ".venv")
        for lock in folder.rglob("requirements.txt"):
            os.utime(lock, (0, 0))  # nothing is installed: the environment is that of the repository
        shutil.copy(ROOT / "tests" / "births.toml", folder / "training" / "problem.toml")
        inherited = {name: value for name, value in os.environ.items() if name not in OF_MAKE}
        self.environment = {
            **inherited,
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": f"{folder}{os.pathsep}{folder / 'functions'}",
            "PORT": str(free_port()),
            "STREAMLIT_PORT": str(free_port()),
            "COLUMNS": "200",
        }

    def run(self, command: str, **variables: str) -> str:
        """Return what a command of the shell prints, which ends well."""
        command = command.replace(":8080", f":{self.environment['PORT']}")
        result = subprocess.run(
            ["sh", "-c", command],
            cwd=self.folder,
            env={**self.environment, **variables},
            capture_output=True,
            text=True,
            timeout=DEADLINE_S,
        )
        assert result.returncode == 0, f"{command}\n{result.stdout}\n{result.stderr}"
        return result.stdout

    @contextmanager
    def demo(self) -> Iterator[str]:
        """Run `make demo` until its function answers, and yield the address."""
        url = f"http://127.0.0.1:{self.environment['PORT']}"
        process = subprocess.Popen(
            ["make", "demo"], cwd=self.folder, env=self.environment, stdout=subprocess.DEVNULL, start_new_session=True
        )
        try:
            deadline = time.monotonic() + DEADLINE_S
            while not answers(url):
                assert process.poll() is None
                assert time.monotonic() < deadline
                time.sleep(0.1)
            yield url
        finally:
            os.killpg(process.pid, signal.SIGINT)
            process.wait(timeout=DEADLINE_S)

    @property
    def served(self) -> dict[str, Any]:
        """The model.json that the function serves."""
        return dict(json.loads((self.folder / "functions" / "predict" / "model.json").read_text(encoding="utf-8")))


def answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/health").status_code == 200
    except httpx.TransportError:
        return False


def steps() -> list[tuple[str, list[str]]]:
    """Return the commands of the tutorial, and the lines that are shown below each."""
    found: list[tuple[str, list[str]]] = []
    for block in re.findall(r"```console\n(.*?)```", TUTORIAL, re.DOTALL):
        for line in block.splitlines():
            if line.startswith("$ "):
                found.append((line.removeprefix("$ "), []))
            else:
                found[-1][1].append(line)
    return found


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Copy:
    return Copy(tmp_path_factory.mktemp("repository"))


def test_tutorial_shows_what_its_commands_print(copy: Copy) -> None:
    commands = [command for command, _shown in steps()]
    (at,) = (position for position, command in enumerate(commands) if command == "make demo")
    for command, shown in steps()[:at]:
        assert_prints(copy, command, shown)
    with copy.demo():
        ((curl, shown),) = ((command, shown) for command, shown in steps()[at + 1 :] if command.startswith("curl"))
        assert_prints(copy, curl, shown)
    for command, shown in steps()[at + 2 :]:
        assert_prints(copy, command, shown)
    toml = (copy.folder / "training" / "problem.toml").read_text(encoding="utf-8")
    excerpts = re.findall(r"```toml\n(.*?)```", TUTORIAL, re.DOTALL)
    assert excerpts
    assert all(part in toml for excerpt in excerpts for part in excerpt.split("...\n"))


def assert_prints(copy: Copy, command: str, shown: list[str]) -> None:
    printed = [VERSION.sub("", line.replace(f"{copy.folder}/", "").rstrip()) for line in copy.run(command).splitlines()]
    if shown[-1:] == ["..."]:
        shown, printed = shown[:-1], printed[: len(shown) - 1]
    _count, differing = compare_lines(printed, [VERSION.sub("", line) for line in shown], SAME_VERSIONS)
    assert differing == [], command


MIXED_TABLE = "python -m training init 'data/mixed table.csv' --target 'out come'"
SERVED = "make functions/predict/model.json"


def draft_problem(copy: Copy) -> None:
    """Make the problem that is of the mixed table, whose training is quick."""
    copy.run(MIXED_TABLE)
    problem = copy.folder / "training" / "problem.toml"
    problem.write_text(QUICK + problem.read_text(encoding="utf-8"), encoding="utf-8")


def test_everything_follows_the_table_there_and_back(copy: Copy, postgres_url: str) -> None:
    births = QUICK + (ROOT / "tests" / "births.toml").read_text(encoding="utf-8")
    problem, table = copy.folder / "training" / "problem.toml", copy.folder / "data" / "mixed table.csv"
    births_header = (copy.folder / "data" / "births.csv").read_text(encoding="utf-8").splitlines()[0].split(",")
    seen: dict[str, str] = {}
    for step, (name, seed) in enumerate(
        (("mixed-table", 5), ("preterm-birth", 0), ("mixed-table", 5), ("mixed-table", 2))
    ):
        if name == "mixed-table":
            make_mixed(seed).to_csv(table, index=False)
            draft_problem(copy)
        else:
            problem.write_text(births, encoding="utf-8")
            os.utime(problem, (0, 0))  # a file that is put back is older than the model
        copy.run(SERVED)
        document = copy.served
        features = list(document["schema"]["properties"])
        assert document["name"] == name
        assert {tuple(example["row"]) for example in document["schema"]["x-examples"]} == {tuple(features)}
        assert tuple(document["typical_row"]) == tuple(features)
        report = (copy.folder / "functions" / "predict" / "report.html").read_text(encoding="utf-8")
        assert document["version"] in report
        key = f"{name} {seed}"
        assert seen.setdefault(key, document["version"]) == document["version"], step
        assert copy.run(SERVED).strip() in ("", "make: 'functions/predict/model.json' is up to date.")
        copy.run("python -m training db", DATABASE_URL=postgres_url)
        with psycopg.connect(postgres_url) as connection:
            columns = [column for (column,) in connection.execute(COLUMNS, [name.replace("-", "_")])]
        assert columns == (births_header if name == "preterm-birth" else list(make_mixed(seed).columns))
        assert set(features) < set(columns)
    assert len(set(seen.values())) == 3


def test_model_that_was_trained_beside_make_is_of_other_inputs(copy: Copy) -> None:
    """A model trained by hand, of a problem file that is then put back, is not taken for that of the file."""
    problem = copy.folder / "training" / "problem.toml"
    births = QUICK + (ROOT / "tests" / "births.toml").read_text(encoding="utf-8")
    problem.write_text(births.replace('data = "data/births.csv"', "data = 'data/births.csv'"), encoding="utf-8")
    copy.run(SERVED)
    make_mixed(3).to_csv(copy.folder / "data" / "mixed table.csv", index=False)
    draft_problem(copy)
    copy.run("python -m training train")
    assert copy.served["name"] == "mixed-table"
    problem.write_text(births, encoding="utf-8")
    copy.run(SERVED)
    assert copy.served["name"] == "preterm-birth"
    copy.run("make train")
    assert copy.run(SERVED).strip() in ("", "make: 'functions/predict/model.json' is up to date.")


def test_a_table_that_changes_under_its_name_makes_the_model_stale(copy: Copy) -> None:
    table = copy.folder / "data" / "mixed table.csv"
    make_mixed(9).to_csv(table, index=False)
    draft_problem(copy)
    copy.run(SERVED)
    before = copy.served
    lines = table.read_text(encoding="utf-8").splitlines(keepends=True)
    table.write_text("".join(lines[:-1]), encoding="utf-8")
    copy.run(SERVED)
    assert copy.served["name"] == before["name"] == "mixed-table"
    assert copy.served["provenance"]["data"]["rows"] == before["provenance"]["data"]["rows"] - 1


@pytest.mark.parametrize("is_switched", [True, False])
def test_tests_of_the_example_are_left_out_with_another_table(copy: Copy, is_switched: bool) -> None:
    problem = copy.folder / "training" / "problem.toml"
    text = (ROOT / "tests" / "births.toml").read_text(encoding="utf-8")
    problem.write_text(text.replace("preterm-birth", "another") if is_switched else text, encoding="utf-8")
    command = "python -m pytest -p no:cacheprovider -p no:xdist --collect-only -q"
    told = copy.run(f"{command} tests/test_births.py")
    assert ("records of the example were left out" in told) == is_switched
    assert ("1 deselected" in told) == is_switched
    assert "left out" not in copy.run(f"{command} tests/test_errors.py")
